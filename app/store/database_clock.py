"""The database's clock, for those who may not ask it at every turn."""

from datetime import datetime, timedelta

from app.clock import monotonic
from app.store.database import Database

ASKED_AGAIN_AFTER = 30.0
"""Seconds; a host's monotonic clock drifts by microseconds in them."""


class DatabaseClock:
    """What the database's clock says, asked now and then (3).

    In between, time passes as by the host's monotonic clock. What the host takes for the time of
    day is never asked: it may be minutes off.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._said: tuple[datetime, float] | None = None

    async def now(self) -> datetime:
        """The present instant; DatabaseUnavailable while it cannot be asked and has to be."""
        if self._said is None or monotonic() - self._said[1] > ASKED_AGAIN_AFTER:
            async with self._database.connection() as connection:
                said: datetime = await connection.fetchval("SELECT clock_timestamp()")
            self._said = said, monotonic()
        at, asked = self._said
        return at + timedelta(seconds=monotonic() - asked)
