"""How many tickets are open, by status: counted in the background, seldom, for whoever measures."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from app.clock import monotonic
from app.domain.ticket import DONE, STATUSES
from app.store.database import Database, DatabaseUnavailable, query

logger = logging.getLogger(__name__)

OPEN = tuple(status for status in STATUSES if status not in DONE)
"""Statuses in which there is work to do."""

LEAST_PAUSE_SECONDS = 30.0
REST = 100
"""The pause between two countings is so many times as long as the last one took."""

MOST_SECONDS = 20
"""So long may a counting take; one that is broken off leaves the figures as they were."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many there were of each status, at a monotonic second."""

    by_status: Mapping[str, int]
    at: float

    @property
    def age_seconds(self) -> float:
        """How long ago that was."""
        return monotonic() - self.at


class OpenTickets:
    """Counts them when somebody has asked, and the last counting has been a while ago.

    Nobody waits for a counting: answered is what the last one found.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counted: Counted | None = None
        self._again_at = float("-inf")
        self._counting: asyncio.Task[None] | None = None

    def read(self) -> Counted | None:
        """What was counted last; None before the first counting has ended."""
        if self._counting is None and monotonic() >= self._again_at:
            self._counting = asyncio.create_task(self._try_to_count(), name="counting")
        return self._counted

    async def stop(self) -> None:
        """Breaks off what is under way."""
        if self._counting is not None:
            self._counting.cancel()
            await asyncio.gather(self._counting, return_exceptions=True)

    async def _try_to_count(self) -> None:
        began = monotonic()
        try:
            self._counted = Counted(await self._count(), monotonic())
        except DatabaseUnavailable as error:
            logger.warning("open tickets cannot be counted at the moment: %s", error)
        finally:
            pause = max(LEAST_PAUSE_SECONDS, REST * (monotonic() - began))
            self._again_at, self._counting = monotonic() + pause, None

    async def _count(self) -> dict[str, int]:
        async with self._database.transaction() as connection:
            await connection.execute(f"SET LOCAL statement_timeout = {MOST_SECONDS * 1000}")
            await connection.execute(query("walk_indexes"))
            rows = await connection.fetch(query("count_open_tickets"), OPEN)
        return dict.fromkeys(OPEN, 0) | {row["status"]: row["tickets"] for row in rows}
