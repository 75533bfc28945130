"""Raises what is due: claim, judge, append and outbox in one transaction, until nothing is left."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.clock import monotonic
from app.projections import tickets
from app.recording.counting import count_due
from app.recording.recorder import NotWritten, Recorded, Recorder
from app.store.database import Database

logger = logging.getLogger(__name__)

BATCH = 500
"""Tickets a transaction."""

LANES = 2
"""Transactions at once: while PostgreSQL works for one, Python judges for the other."""

SET_APART_FOR = 60.0
"""Seconds until a ticket that could not be judged is tried again."""


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
    set_apart: dict[str, float] = field(default_factory=dict)
    """Ticket to the monotonic second at which it is tried again."""

    async def raise_all(self) -> Ahead:
        """Raises all that is due; answers what comes next."""
        await asyncio.gather(*(self._drain() for _ in range(LANES)))
        async with self.database.connection() as connection:
            return Ahead(*await tickets.next_due(connection, list(self.set_apart)))

    async def _drain(self) -> None:
        while await self.raise_some():
            pass

    async def raise_some(self, limit: int = BATCH) -> bool:
        """One transaction's worth; answers whether there may be more."""
        self._forgive()
        try:
            recorded = await self.recorder.record_due(limit, list(self.set_apart))
        except NotWritten as error:
            if len(error.tickets) > 1:  # fewer at a time, until the one at fault is alone
                return await self.raise_some(len(error.tickets) // 2)
            logger.exception("what is due on ticket %s cannot be written", *error.tickets)
            self._put_aside(error.tickets)
            return True
        self._put_aside(recorded.failed)
        count_due(recorded, len(self.set_apart))
        if recorded.raised:
            logger.info("raised %d on %d tickets", len(recorded.raised), recorded.tickets)
            self.on_recorded(recorded)
        return recorded.tickets == limit or bool(recorded.failed)

    def _put_aside(self, ticket_ids: Iterable[str]) -> None:
        for ticket_id in ticket_ids:
            self.set_apart[ticket_id] = monotonic() + SET_APART_FOR

    def _forgive(self) -> None:
        for ticket_id in [each for each, at in self.set_apart.items() if at <= monotonic()]:
            del self.set_apart[ticket_id]
