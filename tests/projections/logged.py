"""What tests of the log's readers write it with: transactions that stay open for a while."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count

import asyncpg

from app.domain.events import AGENT_REPLIED, Fact
from app.projections.feed import EVERYTHING, Filters, LogEvent, read_log
from app.store import event_log
from app.store.database import Connection, Database, query
from app.store.event_log import Appended

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
_numbers = count(1)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    """A connection of its own."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        yield connection
    finally:
        await connection.close()


class Writer:
    """Somebody who writes to the log, in one transaction after another."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._transaction = connection.transaction()

    async def begin(self) -> None:
        """As every transaction of the service does before it appends."""
        self._transaction = self._connection.transaction()
        await self._transaction.start()
        await event_log.enter(self._connection, ())

    async def write(self, *, ticket: str | None = None, data: str = "") -> int:
        """A fact of a ticket that was never opened; answers its position."""
        name = str(next(_numbers))
        said = {"said": data} if data else {}
        fact = Fact(AGENT_REPLIED, ticket or f"T-{name}", "desk", name, None, NOW, said)
        appended = Appended(fact, int(name))
        await event_log.place(self._connection, [appended], NOW)
        rows = [event_log.row_of(appended)]
        await self._connection.execute(query("append_events"), rows, NOW)
        return appended.position

    async def commit(self) -> None:
        """What was written can be read."""
        await self._transaction.commit()

    async def roll_back(self) -> None:
        """It never was."""
        await self._transaction.rollback()

    async def writes(self, data: str = "") -> int:
        """One event in a transaction."""
        await self.begin()
        position = await self.write(data=data)
        await self.commit()
        return position


async def read_on(
    database: Database, after: int, filters: Filters = EVERYTHING, limit: int = 3
) -> tuple[list[LogEvent], int]:
    """Everything that can be read after a position, page by page, and where that ends."""
    events: list[LogEvent] = []
    async with database.connection() as connection:
        while True:
            page = await read_log(connection, after, filters, limit)
            assert len(page.events) <= limit
            assert page.position >= after
            events += page.events
            after = page.position
            if not page.more:
                return events, after


def positions(events: list[LogEvent]) -> list[int]:
    """Where they stand."""
    return [event.position for event in events]
