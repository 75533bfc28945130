"""Delivers: claims what is due, tells it, settles what came of it.

    claim    what is due, with a lease, as much as its lanes have room for
    attempt  POST, many at once, outside any transaction
    settle   what came of attempts, many in one transaction; and what that says of breakers

Two loops claim and settle. Claiming is woken by a commit that wrote deliveries, by a settlement,
and by the next delivery that will be due; and it looks every second for what other replicas wrote.
One that dies leaves nothing to clean up: the leases of what was under way run out. A third loop
sweeps away what waits for subscriptions that were removed while it was being written.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from app import metrics
from app.recording.recorder import Recorded
from app.store.database import Database, DatabaseUnavailable, query
from app.store.policies import PolicyBook
from app.store.sealed import Seals
from app.webhooks import attempt, claims, deliveries, switching
from app.webhooks.claims import DEAD, PENDING, Attempt, Claimed, Claims, Waiting
from app.webhooks.lanes import Room
from app.webhooks.links import Addresses
from app.webhooks.sender import Answer, Sender
from app.webhooks.sending import Sending, end
from app.webhooks.subscriptions import Subscription

logger = logging.getLogger(__name__)

Step = Callable[[], Awaitable[float]]

POLL_SECONDS = 1.0
MOMENT_SECONDS = 0.05
SWEEP_SECONDS = 60.0
MANY, GATHER_SECONDS = 16, 0.02
"""While so many answers may come any moment, what there is to write gathers for a moment."""

FINISH_SECONDS = 2.5
"""How long attempts under way may take when the service stops."""

WRITE_SECONDS = 1.0
"""How long the database may take then, before and after."""


class Deliverer:
    """Tells subscribers what the outbox holds for them."""

    def __init__(
        self,
        database: Database,
        policies: PolicyBook,
        sender: Sender,
        seals: Seals,
        addresses: Addresses,
    ) -> None:
        self._database = database
        self._policies = policies
        self._seals = seals
        self._addresses = addresses
        self._due = asyncio.Event()
        self._answered = asyncio.Event()
        self._sending = Sending(sender, self._answered.set)
        self._swept = asyncio.Event()
        self._probes: list[Attempt] = []
        self._began_at: datetime | None = None
        self._closing = False
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begins to deliver."""
        self._loops = [
            asyncio.create_task(self._repeat(self.claim, self._due), name="claiming"),
            asyncio.create_task(self._repeat(self.settle, self._answered), name="settling"),
            asyncio.create_task(self._repeat(self.sweep, self._swept), name="sweeping"),
        ]

    async def stop(self) -> None:
        """Finishes what is under way, within 5 seconds; the rest is given back to be claimed."""
        self._closing = True
        self._due.set()
        self._answered.set()
        self._swept.set()
        await end(self._loops, WRITE_SECONDS)
        await self._sending.close(FINISH_SECONDS)
        try:
            async with asyncio.timeout(WRITE_SECONDS):
                await self.settle()
        except (DatabaseUnavailable, TimeoutError):
            logger.warning("what was under way could not be settled: its leases will run out")

    def wake(self) -> None:
        """There is something to deliver."""
        self._due.set()

    def on_recorded(self, recorded: Recorded) -> None:
        """A transaction has committed; perhaps it wrote deliveries."""
        if recorded.deliveries:
            self.wake()

    @property
    def busy(self) -> int:
        """How many attempts are under way."""
        return self._sending.busy

    @property
    def expected(self) -> int:
        """How many of them may be answered any moment."""
        return self._sending.expected

    async def try_out(self, subscription: Subscription, now: datetime) -> Answer:
        """Sends a subscription one test event, apart from everything else; says what came back."""
        return await attempt.make_trial(self._sending.sender, subscription, now)

    async def deliver_due(self) -> int:
        """One round without the loops: claims what is due, attempts and settles it; how much."""
        await self.claim()
        await self._sending.ended()
        made = len(self._sending.made)
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
        if self.expected >= MANY and not self._closing:
            await asyncio.sleep(GATHER_SECONDS)
        news.clear()

    # --- claiming ---------------------------------------------------------------------------

    async def claim(self) -> float:
        """Claims what is due and begins to send it; seconds until there may be more."""
        async with self._database.transaction() as connection:
            await connection.execute(query("walk_indexes"))
            waiting = await claims.waiting(connection, self._seals)
            self._began_at = self._began_at or waiting.time.said
            claiming = Claims(connection, self._policies, waiting, self._began_at, self._addresses)
            rooms = self._sending.rooms(
                each
                for each in waiting.due()
                if self._sending.may_be_sent_to(waiting.subscriptions[each])
            )
            claimed = await claiming.due(rooms)
            probes = await claiming.probes()
        self._sending.hold_back(waiting.cut_off())
        self._sending.take([*probes, *claimed])
        return self._pause(waiting, rooms, claimed)

    def _pause(
        self, waiting: Waiting, rooms: Mapping[str, Room], claimed: Sequence[Claimed]
    ) -> float:
        """Seconds until there may be something to claim: none if there may be more at once."""
        counts = Counter((each.subscription_id, each.is_retry) for each in claimed)
        left = self._sending.rooms(rooms)
        for each, room in left.items():
            full = counts[each, False] >= rooms[each].first, counts[each, True] >= rooms[each].again
            if (room.first and full[0]) or (room.again and full[1]):
                return 0.0
        if self._sending.stands:
            return MOMENT_SECONDS
        next_in = waiting.next_in()
        return POLL_SECONDS if next_in is None else min(next_in, POLL_SECONDS)

    # --- settling ---------------------------------------------------------------------------

    async def settle(self) -> float:
        """Writes down what came of attempts, gives back what was not made; seconds to the next."""
        made, unsent = self._sending.made, list(self._sending.unsent)
        if made:
            # Of two attempts at one delivery, made because someone asked for it, one at a time.
            await self._write(list({each.claimed.delivery_id: each for each in made}.values()))
        await self._switch([each for each in unsent if each.probe])
        if unsent:
            async with self._database.transaction() as connection:
                await connection.execute(query("walk_indexes"))
                await claims.release(connection, unsent)
            del self._sending.unsent[: len(unsent)]
            self._let_go(unsent)
        return POLL_SECONDS

    async def _write(self, made: Sequence[Attempt]) -> None:
        """One transaction for all; if it fails, the one at fault is set apart by bisection."""
        try:
            async with self._database.transaction() as connection:
                await connection.execute(query("walk_indexes"))
                await claims.settle(connection, made)
            metrics.count_attempts(map(_counted, made))
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
        self._sending.made = [each for each in self._sending.made if each not in written]
        self._probes += [each for each in made if each.claimed.probe]
        self._let_go([each.claimed for each in made])

    async def _switch(self, unmade: Sequence[Claimed]) -> None:
        """Breakers open and close; before what waits behind them is given back."""
        tripped, probes = list(self._sending.tripped.values()), list(self._probes)
        if tripped or probes or unmade:
            async with self._database.transaction() as connection:
                expired = await switching.switch(connection, tripped, probes, unmade)
            metrics.count_ends(expired, DEAD)
            for each in tripped:
                del self._sending.tripped[each.subscription_id]
            del self._probes[: len(probes)]

    async def sweep(self) -> float:
        """Removes what waits for subscriptions that are no more; seconds until the next time."""
        async with self._database.transaction() as connection:
            await deliveries.remove_orphans(connection)
        return SWEEP_SECONDS

    def _let_go(self, settled: Sequence[Claimed]) -> None:
        """They leave room, and a later one of the same ticket may go."""
        self._sending.let_go(settled)
        self.wake()


def _counted(made: Attempt) -> tuple[str, str, float]:
    outcome = metrics.RETRY if made.status == PENDING else made.status
    return made.claimed.subscription_id, outcome, made.took_seconds
