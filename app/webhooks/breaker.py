"""The breaker of each subscription: a receiver that fails again and again is left alone a while.

    closed     everything is sent
    open       after ``FAILURES_IN_A_ROW``: nothing is sent, what waits stays as it is
    half_open  one delivery is attempted, the probe; delivered it closes the breaker, else it opens

The state stands in the subscription's row, for all replicas; the failures that open it are counted
by each replica for itself, which costs nothing while all is well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.store.database import Connection, Row, query

CLOSED, OPEN, HALF_OPEN = STATES = ("closed", "open", "half_open")

FAILURES_IN_A_ROW = 10

FIRST_PROBE_AFTER = timedelta(seconds=5)
LONGEST_BETWEEN_PROBES = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Breaker:
    """How it stands: since when it is closed, or not closed.

    During a probe ``next_probe_at`` is the end of the probe's lease.
    """

    state: str
    since: datetime
    next_probe_at: datetime | None
    probes_failed: int

    @classmethod
    def of(cls, row: Row) -> "Breaker":
        """The breaker in a subscription's row."""
        return cls(row["breaker"], row["breaker_since"], row["next_probe_at"], row["probes_failed"])

    @property
    def closed(self) -> bool:
        """Whether everything is sent."""
        return self.state == CLOSED

    def earliest(self, due_at: datetime) -> datetime:
        """When what is due at an instant may be sent at the earliest."""
        if self.closed or self.next_probe_at is None:
            return due_at
        return max(due_at, self.next_probe_at)


@dataclass(frozen=True, slots=True)
class Tripped:
    """A breaker that is to be opened: the receiver at this URL failed too often."""

    subscription_id: str
    url: str
    probe_at: datetime


@dataclass(frozen=True, slots=True)
class Probed:
    """A probe that failed, or was not made after all; the lease says whose it was."""

    subscription_id: str
    lease: datetime
    probe_at: datetime
    failed: bool


class Failures:
    """Failures in a row by receiver, as this replica has met them."""

    def __init__(self) -> None:
        self._in_a_row: dict[tuple[str, str], int] = {}

    def hear(self, subscription_id: str, url: str, *, delivered: bool) -> bool:
        """An attempt has ended; whether that was one failure too many, and counting begins anew."""
        key = subscription_id, url
        if delivered:
            self._in_a_row.pop(key, None)
            return False
        count = self._in_a_row.get(key, 0) + 1
        if count < FAILURES_IN_A_ROW:
            self._in_a_row[key] = count
            return False
        del self._in_a_row[key]
        return True


def next_probe(now: datetime, probes_failed: int, asked_to_wait: timedelta) -> datetime:
    """5 seconds after it opened, then twice as long each time, 5 minutes at most.

    Not before the receiver's ``Retry-After``.
    """
    wait = min(FIRST_PROBE_AFTER * (1 << min(probes_failed, 10)), LONGEST_BETWEEN_PROBES)
    return now + max(wait, asked_to_wait)


async def open_(connection: Connection, tripped: Sequence[Tripped], now: datetime) -> None:
    """Opens breakers."""
    columns = zip(
        *((each.subscription_id, each.url, each.probe_at) for each in tripped), strict=True
    )
    await connection.execute(query("open_breakers"), *columns, now)


async def close(connection: Connection, subscriptions: Sequence[str], now: datetime) -> None:
    """Closes breakers."""
    await connection.execute(query("close_breakers"), subscriptions, now)


async def to_probe(
    connection: Connection, subscriptions: Sequence[str], now: datetime
) -> list[str]:
    """Whose probe is due and this transaction's to begin: no other replica may until it ends."""
    rows = await connection.fetch(query("breakers_to_probe"), subscriptions, now)
    return [row["subscription_id"] for row in rows]


async def begin_probes(
    connection: Connection, subscriptions: Sequence[str], lease: datetime
) -> None:
    """One attempt each is under way until the lease ends."""
    await connection.execute(query("begin_probes"), subscriptions, lease)


async def end_probes(connection: Connection, probed: Sequence[Probed]) -> None:
    """These breakers are open again."""
    columns = zip(
        *((each.subscription_id, each.lease, each.probe_at, int(each.failed)) for each in probed),
        strict=True,
    )
    await connection.execute(query("end_probes"), *columns)
