"""Group commit: what is posted while a transaction is under way forms the next one."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import asyncpg

from app.domain.errors import EscalatorError
from app.recording.counting import count_recorded
from app.recording.new_fact import NewFact, Receipt
from app.recording.recorder import Recorded, Recorder
from app.recording.set_apart import SetApart
from app.store.database import DatabaseUnavailable

logger = logging.getLogger(__name__)

LANES = 2
"""Transactions at once: while PostgreSQL works for one, Python folds for the other."""

MANY = 250
"""Only with so many facts waiting is a second transaction begun: few in each would cost more."""

GATHER_SECONDS = 0.004
"""How long a transaction waits for as many requests as the last one had, if it had several."""

MOST_IN_ONE = 2000
MOST_WAITING = 50_000
TRIES = 5

_AGAIN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.UniqueViolationError)
"""Races with another replica: the transaction is rolled back whole, and made again."""


class Overloaded(EscalatorError):
    """More facts are waiting to be recorded than the service takes; try again in a moment."""


@dataclass(slots=True)
class _Request:
    facts: Sequence[NewFact]
    answer: asyncio.Future[list[Receipt]]


class GroupCommit:
    """Takes facts from many requests at once and records them in few transactions."""

    def __init__(
        self,
        recorder: Recorder,
        on_recorded: Callable[[Recorded], None] = lambda _: None,
        set_apart: SetApart | None = None,
    ) -> None:
        self._recorder = recorder
        self._on_recorded = on_recorded
        self._set_apart = set_apart or SetApart()
        self._waiting: deque[_Request] = deque()
        self._count = 0
        self._news = asyncio.Event()
        self._full = asyncio.Event()
        self._last_size = 0
        self._lanes: list[asyncio.Task[None]] = []
        self._closing = False

    def start(self) -> None:
        """Begins to record."""
        self._lanes = [
            asyncio.create_task(self._lane(least), name="recording")
            for least in (1, *[MANY] * (LANES - 1))
        ]

    async def stop(self) -> None:
        """Records what is waiting, and ends."""
        self._closing = True
        self._news.set()
        await asyncio.gather(*self._lanes)

    @property
    def waiting(self) -> int:
        """How many facts wait for a transaction."""
        return self._count

    async def record(self, facts: Sequence[NewFact]) -> list[Receipt]:
        """Answers when the facts are durable and every projection shows them.

        Overloaded when too many wait; DatabaseUnavailable when PostgreSQL is gone.
        """
        if not facts:
            return []
        if self._closing or self._count + len(facts) > MOST_WAITING:
            raise Overloaded("too many facts are waiting to be recorded")
        request = _Request(facts, asyncio.get_running_loop().create_future())
        self._waiting.append(request)
        self._count += len(facts)
        self._news.set()
        if len(self._waiting) >= self._last_size:
            self._full.set()
        return await request.answer

    async def _lane(self, least: int) -> None:
        """Records as soon as ``least`` facts are waiting."""
        while not (self._closing and self._count < least):
            if self._count < least:
                self._news.clear()
                await self._news.wait()
                continue
            if least == 1:
                await self._gather()
            await self._flush(self._take())

    async def _gather(self) -> None:
        """The clients just answered are about to send their next: one transaction for all."""
        if len(self._waiting) < self._last_size:
            self._full.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(GATHER_SECONDS):
                    await self._full.wait()
        self._last_size = len(self._waiting)

    def _take(self) -> list[_Request]:
        """The next requests, as many as one transaction holds."""
        taken: list[_Request] = []
        count = 0
        while self._waiting and (not taken or count + len(self._waiting[0].facts) <= MOST_IN_ONE):
            taken.append(self._waiting.popleft())
            count += len(taken[-1].facts)
        self._count -= count
        return taken

    async def _flush(self, requests: list[_Request]) -> None:
        """One transaction for all; if it fails, the one at fault is set apart by bisection."""
        requests = [request for request in requests if not request.answer.done()]
        if not requests:
            return
        try:
            receipts = await self._record([fact for each in requests for fact in each.facts])
        except DatabaseUnavailable as error:
            for request in requests:
                _fail(request, error)
        except Exception as error:
            if len(requests) == 1:
                logger.exception("recording failed for %s", _named(requests[0]))
                _fail(requests[0], error)
                return
            middle = len(requests) // 2
            await self._flush(requests[:middle])
            await self._flush(requests[middle:])
        else:
            for request in requests:
                count = len(request.facts)
                if not request.answer.done():
                    request.answer.set_result(receipts[:count])
                receipts = receipts[count:]

    async def _record(self, facts: Sequence[NewFact]) -> list[Receipt]:
        for attempt in range(1, TRIES + 1):
            try:
                recorded = await self._recorder.record(facts)
            except _AGAIN as error:
                if attempt == TRIES:
                    raise
                logger.info("recording again after %s", type(error).__name__)
            else:
                count_recorded(recorded)
                self._follow_troubles(recorded)
                self._on_recorded(recorded)
                return recorded.receipts
        raise AssertionError("unreachable")

    def _follow_troubles(self, recorded: Recorded) -> None:
        if len(self._set_apart):
            taken = [each for each in recorded.receipts if each.outcome == "recorded"]
            self._set_apart.forgive(each.fact.ticket_id for each in taken)
        self._set_apart.note(recorded.failed)


def _fail(request: _Request, error: Exception) -> None:
    if not request.answer.done():
        request.answer.set_exception(error)


def _named(request: _Request) -> str:
    fact = request.facts[0]
    return f"ticket {fact.ticket_id}, event {fact.source} {fact.id}"
