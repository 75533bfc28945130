"""The three steps' dealings with the database: claim with a lease, settle, give back.

Every result is fenced by its lease: what a replica learns after its lease has run out no longer
counts, except that what is delivered is delivered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.clock import monotonic
from app.projections.tickets import ALL_BUCKETS
from app.store.database import Connection, Row, query
from app.store.policies import PolicyBook
from app.store.sealed import Seals
from app.webhooks import breaker, letters
from app.webhooks.breaker import OPEN, Breaker
from app.webhooks.formats import FORMATS
from app.webhooks.lanes import Room
from app.webhooks.letters import Letter
from app.webhooks.links import Addresses
from app.webhooks.sender import TOTAL_SECONDS
from app.webhooks.subscriptions import BEGINNING, GONE, Subscription

LEASE = timedelta(seconds=30)
"""How long a delivery is ours; after a crash, how long until another replica takes it over."""

BEGIN_WITHIN_SECONDS = LEASE.total_seconds() - TOTAL_SECONDS - 2
"""An attempt begins this soon after its claim or not at all, so that it ends within the lease."""

HELD_BACK_FOR = timedelta(seconds=60)
"""How long a delivery waits for an earlier one of its ticket and subscription."""

MOMENT = timedelta(seconds=5)
"""How long one waits for the first attempt of an earlier one that is older than that."""

PENDING, DELIVERED, FAILED, DEAD = STATUSES = ("pending", "delivered", "failed", "dead")


@dataclass(frozen=True, slots=True)
class DatabaseTime:
    """What the database's clock said, and between which monotonic seconds it did."""

    said: datetime
    asked_at: float
    heard_at: float

    def now(self) -> datetime:
        """What it says now, or a moment before."""
        return self.said + timedelta(seconds=monotonic() - self.heard_at)

    def now_at_latest(self) -> datetime:
        """What it says now, or a moment after: so that nothing counted from it comes early."""
        return self.said + timedelta(seconds=monotonic() - self.asked_at)


@dataclass(slots=True, eq=False)
class Claimed:
    """A delivery that is ours to attempt until its lease ends.

    ``letter`` is None if the event cannot be found; ``begin_by`` is a monotonic second. Of a
    ``probe`` the subscription's breaker waits to hear.
    """

    bucket: int
    delivery_id: str
    ticket_id: str
    event_id: str
    sequence: int
    first_attempt_at: datetime | None
    lease: datetime
    begin_by: float
    time: DatabaseTime
    subscription: Subscription
    letter: Letter | None
    probe: bool = False
    probes_failed: int = 0

    @property
    def is_retry(self) -> bool:
        """Whether it was attempted before."""
        return self.first_attempt_at is not None

    @property
    def subscription_id(self) -> str:
        """Whom it is for."""
        return self.subscription.id


@dataclass(slots=True, eq=False)
class Attempt:
    """An attempt that was made, and what it means for its delivery.

    ``status`` is the delivery's from now on; ``due_at`` of the next attempt, else when it ended.
    ``disables`` says that the receiver wants no more, ``asked_to_wait`` for how long it wants none,
    ``ours`` that it had no part in it.
    """

    claimed: Claimed
    at: datetime
    status: str
    due_at: datetime
    answer_status: int | None
    took_seconds: float
    error: str | None
    answer: str
    disables: bool = False
    asked_to_wait: timedelta = timedelta(0)
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """The enabled subscriptions, their breakers, and when something may be sent to each next."""

    time: DatabaseTime
    subscriptions: Mapping[str, Subscription]
    breakers: Mapping[str, Breaker]
    next_due_at: Mapping[str, datetime]

    def due(self) -> list[str]:
        """The subscriptions to which everything is sent, and for which something is due."""
        return [each for each in self._due() if self.breakers[each].closed]

    def to_probe(self) -> list[str]:
        """The subscriptions to which one delivery may be sent, to see whether it arrives."""
        return [each for each in self._due() if not self.breakers[each].closed]

    def cut_off(self) -> list[str]:
        """The subscriptions whose breaker is open; if it is half open, what waits is its probe."""
        return [each for each, its in self.breakers.items() if its.state == OPEN]

    def next_in(self) -> float | None:
        """Seconds until something not yet due will be; None if nothing will."""
        later = [at for at in self.next_due_at.values() if at > self.time.said]
        return (min(later) - self.time.said).total_seconds() if later else None

    def _due(self) -> list[str]:
        return [each for each, at in self.next_due_at.items() if at <= self.time.said]


async def waiting(connection: Connection, seals: Seals) -> Waiting:
    """What there is to do."""
    asked_at = monotonic()
    rows = await connection.fetch(query("subscriptions_to_tell"), ALL_BUCKETS)
    time = DatabaseTime(rows[0]["now"] if rows else BEGINNING, asked_at, monotonic())
    breakers = {row["subscription_id"]: Breaker.of(row) for row in rows}
    return Waiting(
        time,
        {row["subscription_id"]: Subscription.of(row, time.said, seals) for row in rows},
        breakers,
        {
            row["subscription_id"]: breakers[row["subscription_id"]].earliest(row["next_due_at"])
            for row in rows
            if row["next_due_at"] is not None
        },
    )


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims deliveries as the outbox stood when it was looked at; their letters come with them.

    ``began_at`` is when this replica began to deliver.
    """

    connection: Connection
    policies: PolicyBook
    waiting: Waiting
    began_at: datetime
    addresses: Addresses

    async def due(self, rooms: Mapping[str, Room]) -> list[Claimed]:
        """What is due, as many of each subscription as there is room for."""
        return await self._claimed(await self._rows(rooms))

    async def probes(self) -> list[Claimed]:
        """One delivery for each breaker whose probe is due, and is not another replica's."""
        now = self.waiting.time.said
        names = self.waiting.to_probe()
        wanted = await breaker.to_probe(self.connection, names, now) if names else []
        rows: list[Row] = []
        for room in (Room(1, 0), Room(0, 1)):
            found = {row["subscription_id"] for row in rows}
            rows += await self._rows({each: room for each in wanted if each not in found})
        claimed = await self._claimed(rows)
        for each in claimed:
            each.probe = True
            each.probes_failed = self.waiting.breakers[each.subscription_id].probes_failed
        if claimed:
            begun = [each.subscription_id for each in claimed]
            await breaker.begin_probes(self.connection, begun, now + LEASE)
        return claimed

    async def _rows(self, rooms: Mapping[str, Room]) -> list[Row]:
        if not rooms:
            return []
        now = self.waiting.time.said
        breakers = self.waiting.breakers
        return await self.connection.fetch(
            query("claim_deliveries"),
            list(rooms),
            [room.first for room in rooms.values()],
            [room.again for room in rooms.values()],
            now,
            ALL_BUCKETS,
            now + LEASE,
            now - HELD_BACK_FOR,
            now + LEASE - MOMENT,
            [max(breakers[each].since, self.began_at) for each in rooms],
        )

    async def _claimed(self, rows: Sequence[Row]) -> list[Claimed]:
        if not rows:
            return []
        time = self.waiting.time
        subscriptions = self.waiting.subscriptions
        places = {(row["ticket_id"], row["sequence"], row["event_id"]) for row in rows}
        with_earlier = {
            row["ticket_id"]
            for row in rows
            if FORMATS[subscriptions[row["subscription_id"]].format].tells_earlier
        }
        found = await letters.read(
            self.connection, self.policies, places, time.said, self.addresses, with_earlier
        )
        return [
            Claimed(
                bucket=row["bucket"],
                delivery_id=row["delivery_id"],
                ticket_id=row["ticket_id"],
                event_id=row["event_id"],
                sequence=row["sequence"],
                first_attempt_at=row["first_attempt_at"],
                lease=time.said + LEASE,
                begin_by=time.asked_at + BEGIN_WITHIN_SECONDS,
                time=time,
                subscription=subscriptions[row["subscription_id"]],
                letter=found.get((row["ticket_id"], row["sequence"], row["event_id"])),
            )
            for row in rows
        ]


async def settle(connection: Connection, attempts: Sequence[Attempt]) -> None:
    """Writes attempts down, and what they mean for their deliveries and subscriptions."""
    gone = {
        (each.claimed.subscription.id, each.claimed.subscription.url)
        for each in attempts
        if each.disables
    }
    if gone:  # first, so that a crash between the two leaves the delivery waiting
        ids, urls = zip(*gone, strict=True)
        await connection.execute(query("disable_subscriptions"), ids, urls, GONE)
    await connection.execute(
        query("settle_deliveries"), *zip(*map(_columns, attempts), strict=True)
    )


def _columns(attempt: Attempt) -> tuple[object, ...]:
    """An attempt, in the order of ``settle_deliveries.sql``."""
    claimed = attempt.claimed
    return (
        claimed.bucket,
        claimed.delivery_id,
        claimed.lease,
        attempt.status,
        attempt.due_at,
        attempt.at,
        attempt.answer_status,
        attempt.took_seconds,
        attempt.error,
        attempt.answer,
    )


async def release(connection: Connection, unsent: Sequence[Claimed]) -> None:
    """Gives leases back: these deliveries are due at once, for whoever claims them."""
    now = await connection.fetchval("SELECT clock_timestamp()")
    columns = zip(*((each.bucket, each.delivery_id, each.lease) for each in unsent), strict=True)
    await connection.execute(query("release_deliveries"), *columns, now)
