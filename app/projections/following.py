"""Those who follow the log: it is read once for all of them, as it grows.

A process keeps the newest events. Who is not further behind than these takes them from there, all
others page through the database until they are. So nobody's events are kept for them: how much
memory it takes depends neither on how many follow nor on how slowly they read.
"""

import asyncio
import logging
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from operator import attrgetter

from app.domain.errors import EscalatorError
from app.projections.feed import Filters, LogEvent, Page, end_of_log, read_log
from app.store.database import Database, DatabaseUnavailable

logger = logging.getLogger(__name__)

MOST_RECENT_BYTES = 8 * 1024 * 1024
PIECE_BYTES = 64 * 1024
"""With so many bytes what is handed to a follower at once ends."""

POLL_SECONDS = 0.5
"""What another process has recorded is seen after this at last."""

GAP_SECONDS = 0.01
GAP_SECONDS_EACH = 0.0002
"""Between two readings, and for each follower: under load many events are handed on at once."""

READ_AT_ONCE = 2
"""Followers who page through the database; the others wait their turn."""

PAGE = 100
_position = attrgetter("position")


class TooManyFollowers(EscalatorError):
    """The service has as many followers as it takes, or takes none any more."""


class Recent:
    """The newest events of the log, as many as a number of bytes holds."""

    def __init__(self, start: int) -> None:
        self.start = self.end = start
        """Every event after the one position and up to the other is here."""
        self._events: list[LogEvent] = []
        self._bytes = 0

    def add(self, page: Page) -> None:
        """The log has gone on."""
        self._events += page.events
        self._bytes += sum(len(event.content) for event in page.events)
        self.end = page.position
        gone = 0
        while self._bytes > MOST_RECENT_BYTES:
            self._bytes -= len(self._events[gone].content)
            self.start = self._events[gone].position
            gone += 1
        del self._events[:gone]

    def after(self, position: int) -> Iterator[LogEvent]:
        """The events after a position, which must not lie before the start."""
        return islice(self._events, bisect_right(self._events, position, key=_position), None)


class Feed:
    """The log as it grows, and who follows it."""

    def __init__(self, database: Database, most: int) -> None:
        self.recent: Recent | None = None
        """None until it was first read, and while nobody follows."""
        self.closed = False
        self._database = database
        self._most = most
        self._followers: set[Follower] = set()
        self._anybody = asyncio.Event()
        self._hinted = asyncio.Event()
        self._paging = asyncio.Semaphore(READ_AT_ONCE)
        self._reading: asyncio.Task[None] | None = None

    @property
    def followers(self) -> int:
        """How many follow."""
        return len(self._followers)

    def start(self) -> None:
        """Begins to read whenever somebody follows."""
        self._reading = asyncio.create_task(self._read(), name="feed")

    def close(self) -> None:
        """Sends all followers away, and takes no more."""
        self.closed = True
        self._wake()

    async def stop(self) -> None:
        """Reads no more."""
        self.close()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])

    def hint(self) -> None:
        """Something has been recorded: it is read at once, not at the next poll."""
        self._hinted.set()

    def follow(self, after: int, filters: Filters) -> "Follower":
        """Somebody who follows from a position on, until they leave.

        TooManyFollowers if there are as many already, or the service stops.
        """
        if self.closed or len(self._followers) >= self._most:
            raise TooManyFollowers("as many follow the log already as this service takes")
        follower = Follower(self, after, filters)
        self._followers.add(follower)
        self._anybody.set()
        return follower

    def forget(self, follower: "Follower") -> None:
        """Somebody has left. Without anybody nothing is read, and nothing kept."""
        self._followers.discard(follower)
        if not self._followers:
            self._anybody.clear()
            self.recent = None

    async def page(self, after: int, filters: Filters) -> Page:
        """What somebody reads who is behind; nothing while PostgreSQL is away."""
        try:
            async with self._paging, self._database.connection() as connection:
                return await read_log(connection, after, filters, PAGE, PIECE_BYTES)
        except DatabaseUnavailable:
            return Page((), after, more=False)

    async def _read(self) -> None:
        away = False
        while True:
            await self._anybody.wait()
            self._hinted.clear()
            try:
                await self._read_on()
            except DatabaseUnavailable:
                away = True
            except Exception:
                logger.exception("the log could not be read on")
            else:
                if away:  # who was paging has to try again
                    self._wake()
                away = False
            await self._pause()

    async def _read_on(self) -> None:
        async with self._database.connection() as connection:
            if self.recent is None:
                self.recent = Recent(await end_of_log(connection))
                self._wake()
            recent, more = self.recent, True
            while more:
                page = await read_log(connection, recent.end)
                more = page.more
                if page.events:
                    recent.add(page)
                    self._wake()

    async def _pause(self) -> None:
        await asyncio.sleep(GAP_SECONDS + GAP_SECONDS_EACH * len(self._followers))
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._hinted.wait()

    def _wake(self) -> None:
        for follower in self._followers:
            follower.news.set()


class Follower:
    """Somebody who follows the log."""

    def __init__(self, feed: Feed, after: int, filters: Filters) -> None:
        self.position = after
        """Up to there they have what matches."""
        self.news = asyncio.Event()
        """Set while there may be something to take."""
        self._feed = feed
        self._filters = filters

    @property
    def sent_away(self) -> bool:
        """Whether the service stops."""
        return self._feed.closed

    def leave(self) -> None:
        """They follow no more."""
        self._feed.forget(self)

    async def take(self) -> Sequence[LogEvent]:
        """The next events that match, if there are any; no more than a piece, or a page."""
        self.news.clear()
        recent = self._feed.recent
        if recent is not None and self.position >= recent.start:
            return self._take_from(recent)
        page = await self._feed.page(self.position, self._filters)
        self.position = page.position
        if page.more:
            self.news.set()
        return page.events

    def _take_from(self, recent: Recent) -> Sequence[LogEvent]:
        taken: list[LogEvent] = []
        size = 0
        for event in recent.after(self.position):
            self.position = event.position
            if self._filters.match(event):
                taken.append(event)
                size += len(event.content)
                if size >= PIECE_BYTES:
                    self.news.set()
                    break
        return taken

    async def wait(self, seconds: float) -> None:
        """Until there may be something to take, and no longer than that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.news.wait()
