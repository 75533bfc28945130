"""Raises what is due: claim, judge, append and outbox in one transaction, until nothing is left."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.projections import tickets
from app.recording.counting import count_due
from app.recording.recorder import NotWritten, Recorded, Recorder
from app.recording.set_apart import SetApart
from app.store.database import Database

logger = logging.getLogger(__name__)

BATCH = 500
"""Tickets a transaction."""

LANES = 3
"""Transactions at once: while PostgreSQL works for two, Python judges for the third."""

NOT_WRITTEN = "what is due on it cannot be written"


@dataclass(frozen=True, slots=True)
class Ahead:
    """When the next mark of any ticket is due, by the database's clock."""

    now: datetime
    next_due_at: datetime | None

    @property
    def wait(self) -> timedelta | None:
        """How long from now; None when nothing is to come."""
        return None if self.next_due_at is None else self.next_due_at - self.now


@dataclass(slots=True)
class DueTickets:
    """What is due, and the tickets set apart because they could not be judged."""

    recorder: Recorder
    database: Database
    on_recorded: Callable[[Recorded], None] = lambda _: None
    set_apart: SetApart = field(default_factory=SetApart)

    async def raise_all(self) -> Ahead:
        """Raises all that is due; answers what comes next."""
        await asyncio.gather(*(self._drain() for _ in range(LANES)))
        async with self.database.connection() as connection:
            left_alone = self.set_apart.left_alone()
            return Ahead(
                *await tickets.next_due(connection, left_alone, self.recorder.policies.set_apart())
            )

    async def _drain(self) -> None:
        while await self.raise_some():
            pass

    async def raise_some(self, limit: int = BATCH) -> bool:
        """One transaction's worth; answers whether there may be more."""
        self.set_apart.forgive()
        try:
            recorded = await self.recorder.record_due(limit, self.set_apart.left_alone())
        except NotWritten as error:
            if len(error.tickets) > 1:  # fewer at a time, until the one at fault is alone
                return await self.raise_some(len(error.tickets) // 2)
            logger.exception("what is due on ticket %s cannot be written", *error.tickets)
            self.set_apart.leave_alone(dict.fromkeys(error.tickets, NOT_WRITTEN))
            return True
        self.set_apart.leave_alone(recorded.failed)
        count_due(recorded)
        if recorded.raised:
            logger.info("raised %d on %d tickets", len(recorded.raised), recorded.tickets)
            self.on_recorded(recorded)
        return recorded.tickets == limit or bool(recorded.failed)
