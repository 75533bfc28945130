"""Delivers: claims what is due, tells it, settles what came of it.

    claim    what is due, with a lease, as much as its lanes have room for
    attempt  POST, many at once, outside any transaction
    settle   what came of attempts, many in one transaction

Two loops claim and settle. Claiming is woken by a commit that wrote deliveries, by a settlement,
and by the next delivery that will be due; and it looks every second for what other replicas wrote.
One that dies leaves nothing to clean up: the leases of what was under way run out.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from app.clock import monotonic
from app.recording.recorder import Recorded
from app.store.database import Database, DatabaseUnavailable, query
from app.store.policies import PolicyBook
from app.webhooks import attempt, claims
from app.webhooks.claims import Attempt, Claimed, Waiting
from app.webhooks.lanes import Lanes
from app.webhooks.sender import Answer, Sender
from app.webhooks.subscriptions import Subscription

logger = logging.getLogger(__name__)

Step = Callable[[], Awaitable[float]]

POLL_SECONDS = 1.0
MANY, GATHER_SECONDS = 16, 0.02
"""While so many attempts are under way, what there is to write gathers for a moment."""

FINISH_SECONDS = 4.0
"""How long attempts under way may take when the service stops."""

WRITE_SECONDS = 2.0
"""How long what came of them may take to be written then."""


class Deliverer:
    """Tells subscribers what the outbox holds for them."""

    def __init__(
        self,
        database: Database,
        policies: PolicyBook,
        sender: Sender,
        public_url: str | None = None,
    ) -> None:
        self._database = database
        self._policies = policies
        self._sender = sender
        self._public_url = public_url
        self._lanes: Lanes[Claimed] = Lanes()
        self._attempts: dict[asyncio.Task[None], Claimed] = {}
        self._made: list[Attempt] = []
        self._unsent: list[Claimed] = []
        self._due = asyncio.Event()
        self._answered = asyncio.Event()
        self._closing = False
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begins to deliver."""
        self._loops = [
            asyncio.create_task(self._repeat(self.claim, self._due), name="claiming"),
            asyncio.create_task(self._repeat(self.settle, self._answered), name="settling"),
        ]

    async def stop(self) -> None:
        """Finishes what is under way, within 6 seconds; the rest is given back to be claimed."""
        self._closing = True
        self._due.set()
        self._answered.set()
        await asyncio.gather(*self._loops)
        self._unsent += self._lanes.drain()
        await self._finish()
        try:
            async with asyncio.timeout(WRITE_SECONDS):
                await self.settle()
        except (DatabaseUnavailable, TimeoutError):
            logger.warning("what was under way could not be settled: its leases will run out")

    async def _finish(self) -> None:
        """Waits for attempts under way; those that take too long are broken off."""
        if not self._attempts:
            return
        under_way = dict(self._attempts)
        _, late = await asyncio.wait(under_way, timeout=FINISH_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        self._unsent += [under_way[task] for task in late]

    def wake(self) -> None:
        """There is something to deliver."""
        self._due.set()

    def on_recorded(self, recorded: Recorded) -> None:
        """A transaction has committed; perhaps it wrote deliveries."""
        if recorded.deliveries:
            self.wake()

    async def try_out(self, subscription: Subscription, now: datetime) -> Answer:
        """Sends a subscription one test event, apart from everything else; says what came back."""
        return await attempt.make_trial(self._sender, subscription, now)

    async def deliver_due(self) -> int:
        """One round without the loops: claims what is due, attempts and settles it; how much."""
        await self.claim()
        while self._attempts:
            await asyncio.wait(list(self._attempts))
        made = len(self._made)
        await self.settle()
        return made

    # --- the loops --------------------------------------------------------------------------

    async def _repeat(self, step: Step, news: asyncio.Event) -> None:
        """Takes a step again and again: at its news, and when the seconds it said have passed."""
        while not self._closing:
            try:
                pause = await step()
            except DatabaseUnavailable as error:
                logger.warning("nothing can be delivered at the moment: %s", error)
                await asyncio.sleep(POLL_SECONDS)
            except Exception:
                logger.exception("delivering failed; it is tried again")
                await asyncio.sleep(POLL_SECONDS)
            else:
                await self._wait(news, pause)

    async def _wait(self, news: asyncio.Event, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await news.wait()
        if self._lanes.under_way >= MANY and not self._closing:
            await asyncio.sleep(GATHER_SECONDS)
        news.clear()

    # --- claiming ---------------------------------------------------------------------------

    async def claim(self) -> float:
        """Claims what is due and begins to send it; seconds until there may be more."""
        async with self._database.transaction() as connection:
            await connection.execute(query("walk_indexes"))
            waiting = await claims.waiting(connection)
            rooms = self._lanes.rooms(waiting.due())
            claimed = await claims.claim(
                connection, self._policies, waiting, rooms, self._public_url
            )
        for each in claimed:
            self._lanes.add(each)
        self._begin()
        return self._pause(waiting, rooms, claimed)

    def _pause(
        self, waiting: Waiting, rooms: Mapping[str, int], claimed: Sequence[Claimed]
    ) -> float:
        """Seconds until there may be something to claim: none if there may be more at once."""
        counts = Counter(each.subscription_id for each in claimed)
        if self._lanes.rooms([each for each, room in rooms.items() if counts[each] == room]):
            return 0.0
        next_in = waiting.next_in()
        return POLL_SECONDS if next_in is None else min(next_in, POLL_SECONDS)

    # --- attempts ---------------------------------------------------------------------------

    def _begin(self) -> None:
        """Begins as many attempts as may be under way; one claimed too long ago is given back."""
        while not self._closing and (claimed := self._lanes.begin()) is not None:
            if monotonic() > claimed.begin_by:
                self._lanes.end(claimed, answered=None)
                self._unsent.append(claimed)
                self._answered.set()
            else:
                task = asyncio.create_task(self._attempt(claimed))
                self._attempts[task] = claimed
                task.add_done_callback(self._attempts.pop)

    async def _attempt(self, claimed: Claimed) -> None:
        made = await attempt.make(self._sender, claimed)
        self._made.append(made)
        self._lanes.end(claimed, answered=made.answer_status is not None)
        self._begin()
        self._answered.set()

    # --- settling ---------------------------------------------------------------------------

    async def settle(self) -> float:
        """Writes down what came of attempts, gives back what was not made; seconds to the next."""
        if self._made:
            # Of two attempts at one delivery, made because someone asked for it, one at a time.
            await self._write(
                list({made.claimed.delivery_id: made for made in self._made}.values())
            )
        if self._unsent:
            await self._give_back(list(self._unsent))
        return POLL_SECONDS

    async def _give_back(self, unsent: Sequence[Claimed]) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(query("walk_indexes"))
            await claims.release(connection, unsent)
        del self._unsent[: len(unsent)]
        self._let_go(unsent)

    async def _write(self, made: Sequence[Attempt]) -> None:
        """One transaction for all; if it fails, the one at fault is set apart by bisection."""
        try:
            async with self._database.transaction() as connection:
                await connection.execute(query("walk_indexes"))
                await claims.settle(connection, made)
        except DatabaseUnavailable:
            raise
        except Exception:
            if len(made) > 1:
                middle = len(made) // 2
                await self._write(made[:middle])
                await self._write(made[middle:])
                return
            logger.exception("delivery %s cannot be settled", made[0].claimed.delivery_id)
        written = set(made)
        self._made = [each for each in self._made if each not in written]
        self._let_go([each.claimed for each in made])

    def _let_go(self, settled: Iterable[Claimed]) -> None:
        """They leave room, and a later one of the same ticket may go."""
        for each in settled:
            self._lanes.settle(each)
        self.wake()
