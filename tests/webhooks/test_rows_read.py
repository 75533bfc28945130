"""Recording, raising and delivering find each row by its key, however many there are.

PostgreSQL counts the rows that a transaction's statements fetch, those that did not match too.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

import pytest

from app.escalation.due import DueTickets
from app.recording.new_fact import NewFact
from app.store.database import Connection, Database
from tests.webhooks.receiver import receiving
from tests.webhooks.telling import Desk, telling

THERE = 20_000
FEW = 60
"""Tickets written of."""

RECEIVERS = 8
"""Who are told of each."""

MOST_EACH = 10
"""Rows of a table fetched for each of them."""

AFTER = timedelta(hours=1)
SOON = timedelta(seconds=0.5)
"""When the policy tells the first manager of a P2; how long before that the tickets are opened."""

FULL = (
    """
    INSERT INTO tickets (bucket, ticket_id, version, policy_id, policy_version, severity, status,
                         opened_at, next_due_at, tier, running, paused, breached, state_format,
                         state)
    SELECT n % 64, 'old-' || n, 1, policy_id, policy_version, severity, status, opened_at,
           now() + n * interval '1 min', tier, running, paused, breached, state_format, state
    FROM generate_series(1, {there}) AS n, (SELECT * FROM tickets LIMIT 1) AS t
    """,
    """
    INSERT INTO events (bucket, ticket_id, version, position, type, source, event_id, recorded_at,
                        data)
    SELECT n % 64, 'old-' || n, 1, nextval('event_position'), 'sla.escalated', 'escalator',
           'e' || n, now() - interval '1 day', '{{}}'
    FROM generate_series(1, {there}) AS n
    """,
    """
    INSERT INTO escalations (bucket, escalation_id, ticket_id, version, position, policy_id, clock,
                             kind, tier, role, raised_at, unheard)
    SELECT bucket, event_id, ticket_id, 1, position, 'portaone', 'resolution', 'escalation', 1,
           'cto', recorded_at, false
    FROM events WHERE source = 'escalator' AND ticket_id LIKE 'old-%'
    """,
    """
    INSERT INTO deliveries (bucket, delivery_id, subscription_id, ticket_id, event_id, sequence,
                            status, created_at, queued_at, due_at, first_attempt_at, settled_at)
    SELECT bucket, 'd-' || event_id, s.subscription_id, ticket_id, event_id, 1, 'delivered',
           recorded_at, recorded_at, recorded_at, recorded_at, recorded_at
    FROM events, (SELECT * FROM subscriptions LIMIT 1) AS s
    WHERE source = 'escalator' AND ticket_id LIKE 'old-%'
    """,
    """
    INSERT INTO delivery_attempts (bucket, delivery_id, attempt, at, status, took_seconds, answer)
    SELECT bucket, delivery_id, 1, created_at, 204, 0.1, '' FROM deliveries WHERE ticket_id ~ 'old-'
    """,
)
FETCHED = """
    SELECT relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) AS rows
    FROM pg_stat_xact_user_tables
"""


class Counting(Database):
    """Counts the rows that its transactions fetch, by table."""

    fetched: Counter[str]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """As any, and counted."""
        async with super().transaction() as connection, self._counted(connection):
            yield connection

    @asynccontextmanager
    async def recording(self) -> AsyncIterator[Connection]:
        """As any, and counted."""
        async with super().recording() as connection, self._counted(connection):
            yield connection

    @asynccontextmanager
    async def _counted(self, connection: Connection) -> AsyncIterator[None]:
        """PostgreSQL may not have put away yet what it counted before."""
        before = await self._rows(connection)
        yield
        self.fetched += await self._rows(connection)
        self.fetched -= before

    async def _rows(self, connection: Connection) -> Counter[str]:
        return Counter({row["relname"]: row["rows"] for row in await connection.fetch(FETCHED)})

    def taken(self) -> Counter[str]:
        """What was counted since the last time."""
        fetched, self.fetched = self.fetched, Counter()
        return +fetched


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    """A desk on a database that counts."""
    database = Counting(database_url)
    database.fetched = Counter()
    async with telling(database) as desk:
        yield desk
    await database.close()


def counted(desk: Desk) -> Counter[str]:
    """What has been fetched since the last time."""
    assert isinstance(desk.database, Counting)
    return desk.database.taken()


@pytest.mark.parametrize("known", [True, False])
async def test_each_row_is_found_by_its_key(desk: Desk, known: bool) -> None:
    """Also before PostgreSQL has ever looked at what is in the tables."""
    async with AsyncExitStack() as stack:
        receivers = [await stack.enter_async_context(receiving()) for _ in range(RECEIVERS)]
        for receiver in receivers:
            await desk.subscribe(receiver, types=["sla.escalated"])
        await desk.open("T-first", hours_ago=10)
        while await desk.deliverer.deliver_due():
            pass
        for statement in FULL:
            await desk.fetch(statement.format(there=THERE))
        if known:
            await desk.fetch("ANALYZE")
        counted(desk)
        heard = [len(receiver.heard) for receiver in receivers]

        almost_due = await desk.now() - AFTER + SOON
        await desk.recorder.record([opening(number, almost_due) for number in range(FEW)])
        assert_few(counted(desk), "opening")
        await desk.recorder.record([reply(number) for number in range(FEW)])
        assert_few(counted(desk), "replying")
        await desk.recorder.record([reply(number) for number in range(FEW)])
        assert_few(counted(desk), "repeating")

        await asyncio.sleep(2 * SOON.total_seconds())
        await DueTickets(desk.recorder, desk.database).raise_all()
        assert_few(counted(desk), "raising")
        assert await desk.deliverer.deliver_due() == RECEIVERS * FEW
        assert_few(counted(desk), "delivering", RECEIVERS * FEW)
        assert [len(receiver.heard) - FEW for receiver in receivers] == heard


def opening(number: int, at: datetime) -> NewFact:
    """The opening of a ticket of whom a manager is told an hour later, whoever replies."""
    data = {"policy": "portaone", "severity": "P2", "title": "Calls fail"}
    return NewFact(f"T-{number}", "desk", "1", "ticket.opened", at, data)


def reply(number: int) -> NewFact:
    """An agent's answer to it."""
    return NewFact(f"T-{number}", "desk", "2", "ticket.agent_replied", None, {})


def assert_few(fetched: Counter[str], doing: str, those: int = FEW) -> None:
    """So many rows of no table that there cannot be one for each that is there."""
    assert fetched, f"{doing}: nothing was counted"
    most = {table: rows for table, rows in fetched.items() if rows > MOST_EACH * those}
    assert not most, f"{doing}: rows fetched for {those} of {THERE}: {most}"
