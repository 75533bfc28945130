"""What the database tells whoever measures: read when somebody asks, at most every few seconds."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from app.clock import monotonic
from app.projections.feed import position_and_lag
from app.projections.tickets import ALL_BUCKETS
from app.store.database import Database, DatabaseUnavailable, query

KEEP_SECONDS = 5.0
MOST_COUNTED = 10_000
"""So many rows are counted and no more: the cost of a scrape does not grow with a backlog."""

MOST_MILLISECONDS = 2000


@dataclass(frozen=True, slots=True)
class SubscriptionGauges:
    """A subscription: whether it is enabled, its breaker, what waits for it, the oldest's age."""

    id: str
    enabled: bool
    breaker: str
    waiting: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the database said."""

    subscriptions: Sequence[SubscriptionGauges]
    gone: frozenset[str]
    """Subscriptions of the reading before that are no more."""
    overdue: int
    held_waiting: int
    held_left_out: int
    position: int
    """The last position of the log that was drawn."""
    high_water: int
    """The position below which nothing will appear any more."""


class Gauges:
    """Reads them, and keeps what was read for a few seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = asyncio.Lock()
        self._reading: Reading | None = None
        self._seen: frozenset[str] = frozenset()
        self._read_at = float("-inf")

    async def read(self) -> Reading | None:
        """What the database said a few seconds ago at most; None while it cannot be reached."""
        async with self._lock:
            if monotonic() - self._read_at >= KEEP_SECONDS:
                try:
                    self._reading = await self._read()
                except (DatabaseUnavailable, TimeoutError):
                    self._reading = None
                self._read_at = monotonic()
            return self._reading

    async def _read(self) -> Reading:
        async with self._database.transaction() as connection:
            await connection.execute(f"SET LOCAL statement_timeout = {MOST_MILLISECONDS}")
            rows = await connection.fetch(query("measure_subscriptions"), ALL_BUCKETS, MOST_COUNTED)
            row = await connection.fetchrow(query("measure_tickets"), ALL_BUCKETS, MOST_COUNTED)
            position, high_water = await position_and_lag(connection)
        assert row is not None  # noqa: S101  # it counts, so there is one row
        before, self._seen = self._seen, frozenset(each["subscription_id"] for each in rows)
        return Reading(
            [
                SubscriptionGauges(
                    each["subscription_id"],
                    each["enabled"],
                    each["breaker"],
                    each["waiting"],
                    (each["now"] - each["oldest"]).total_seconds() if each["oldest"] else 0.0,
                )
                for each in rows
            ],
            before - self._seen,
            row["overdue"],
            row["waiting"],
            row["left_out"],
            position,
            high_water,
        )
