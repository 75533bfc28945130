"""What a page of a list reads, however many tickets there are: PostgreSQL is asked, not a watch."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest

from app.clock import host_now
from app.domain.events import OPENED
from app.policy_files import load_file
from app.projections import escalation_list, held, ticket_list
from app.projections.escalation_list import EscalationFilters
from app.projections.ticket_filters import TicketFilters
from app.projections.ticket_list import Sort
from app.recording.new_fact import NewFact
from app.recording.recorder import Recorder
from app.store.database import Connection, Database, Row, query
from app.store.policies import PolicyBook
from app.webhooks import deliveries
from app.webhooks.deliveries import DeliveryFilters
from tests.conftest import PROJECT

TICKETS = 20_000
PAGE = 51

# Nine of ten are closed; a mark comes next of most others. Values are as they are in life: many
# tickets have some of them, few others, and the earliest marks are none of some values' tickets.
MANY_TICKETS = f"""
    INSERT INTO tickets (bucket, ticket_id, version, policy_id, policy_version, severity, plan,
                         status, line, opened_at, next_due_at, tier, running, paused, breached,
                         state_format, state)
    SELECT n % 64, 'T-' || n, 1, policy, t.policy_version,
           policy || CASE WHEN n % 100 < 5 THEN 1 WHEN n % 100 < 30 THEN 2 ELSE 3 END,
           CASE WHEN policy = 'b' THEN CASE WHEN n % 7 = 0 THEN 'gold' ELSE 'basic' END END,
           CASE WHEN NOT live THEN 'closed' WHEN n % 5 = 0 THEN 'waiting_on_customer'
                ELSE 'open' END,
           CASE WHEN policy = 'c' THEN CASE WHEN n % 11 = 0 THEN 'second' ELSE 'first' END END,
           now() - (CASE WHEN live THEN 20 ELSE 1000 END) * n::float8 / {TICKETS}
                   * interval '1 day',
           CASE WHEN live AND n % 5 > 0
                THEN now() + (1 + n % 3000 + CASE policy WHEN 'c' THEN 5000 ELSE 0 END)
                     * interval '1 min' END,
           CASE WHEN n % 25 = 1 THEN 1 + n % 3 ELSE 0 END,
           CASE WHEN live AND n % 5 > 0
                THEN CASE WHEN n % 200 = 1 THEN ARRAY['reply', 'fix'] ELSE ARRAY['fix'] END
                ELSE '{{}}' END,
           CASE WHEN live AND n % 5 = 0 THEN ARRAY['fix'] ELSE '{{}}' END,
           CASE WHEN n % 25 = 1 THEN ARRAY['fix'] ELSE '{{}}' END,
           t.state_format, t.state
    FROM generate_series(1, {TICKETS}) AS n
    CROSS JOIN (SELECT * FROM tickets LIMIT 1) AS t
    CROSS JOIN LATERAL (SELECT CASE WHEN n % 100 < 60 THEN 'a' WHEN n % 100 < 99 THEN 'b' ELSE 'c'
                               END AS policy, (n * 7919) % 10 = 0 OR n % 100 = 99 AS live) AS v
"""  # noqa: S608  # a number from above
THEIR_WORDS = """
    INSERT INTO ticket_words
    SELECT bucket, ticket_id,
           array_to_tsvector(ARRAY[lower(ticket_id), 'calls', 'rare' || right(ticket_id, 3)])
    FROM tickets WHERE ticket_id <> 'real'
"""
TOLD = (
    f"""
    INSERT INTO escalations (bucket, escalation_id, ticket_id, version, position, policy_id, clock,
                             kind, tier, role, raised_at, unheard, acknowledged_at)
    SELECT n % 64, 'e' || n, 'T-' || n, 1, n, 'a', 'fix', 'escalation', n % 4, 'role' || n % 9,
           now() - n % 900 * interval '1 min', false, CASE WHEN n % 50 = 0 THEN now() END
    FROM generate_series(1, {TICKETS}) AS n
    """,  # noqa: S608  # a number from above
    f"""
    INSERT INTO events (bucket, ticket_id, version, position, type, source, event_id, recorded_at,
                        data)
    SELECT n % 64, 'T-' || n, 1, n + 100, 'sla.escalated', 'escalator', 'e' || n, now(), '{{}}'
    FROM generate_series(1, {TICKETS}) AS n
    """,  # noqa: S608  # a number from above
    f"""
    INSERT INTO deliveries (bucket, delivery_id, subscription_id, ticket_id, event_id, sequence,
                            status, created_at, queued_at, due_at)
    SELECT n % 64, 'd' || n, 'sub' || n % 20, 'T-' || n, 'e' || n, 1,
           CASE WHEN n % 300 = 0 THEN 'dead' ELSE 'delivered' END,
           now() - n % 5 * interval '1 hour', now(), now()
    FROM generate_series(1, {TICKETS}) AS n
    """,  # noqa: S608  # a number from above
    f"""
    INSERT INTO held_facts (bucket, ticket_id, version, position, type, source, event_id,
                            recorded_at)
    SELECT n % 64, 'H-' || n / 3, n % 3, n, 'ticket.resolved', 'desk', 'h' || n, now()
    FROM generate_series(1, {TICKETS}) AS n
    """,  # noqa: S608  # a number from above
)


# One ticket of which far more was told than of any that the statistics know.
REVIEWED_DAILY = (
    """
    INSERT INTO escalations (bucket, escalation_id, ticket_id, version, position, policy_id, clock,
                             kind, tier, role, raised_at, unheard)
    SELECT 7, 'l' || n, 'long', n, 100000 + n, 'a', 'fix', 'escalation', 1, 'role1', now(), false
    FROM generate_series(1, 500) AS n
    """,
    """
    INSERT INTO events (bucket, ticket_id, version, position, type, source, event_id, recorded_at,
                        data)
    SELECT 7, 'long', n, 100000 + n, 'sla.escalated', 'escalator', 'l' || n, now(), '{}'
    FROM generate_series(1, 500) AS n
    """,
)


@dataclass(slots=True)
class Explaining:
    """A connection that has each statement explained, and adds up what it reads."""

    connection: Connection
    read: int = 0
    """Rows of tables that were fetched, those that did not match too."""
    plans: list[str] = field(default_factory=list)

    async def fetch(self, statement: str, *values: object) -> list[Row]:
        """The statement's rows."""
        explain = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}"
        (plan,) = json.loads(await self.connection.fetchval(explain, *values))
        for node in _nodes(plan["Plan"]):
            self.plans.append(f"{node['Node Type']} {node.get('Index Name', '')}".strip())
            assert node["Node Type"] != "Seq Scan", statement
            if "Scan" in node["Node Type"] and "Relation Name" in node:
                removed = node.get("Rows Removed by Filter", 0)
                self.read += int((node["Actual Rows"] + removed) * node["Actual Loops"])
        return await self.connection.fetch(statement, *values)

    async def fetchval(self, statement: str, *values: object) -> object:
        """Of counts, which are cut, only the plan matters; an estimate has none."""
        if statement == query("estimate_found"):
            return await self.connection.fetchval(statement, *values)
        read = self.read
        rows = await self.fetch(statement, *values)
        self.read = read
        return rows[0][0]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


@pytest.fixture
async def many(database: Database) -> Database:
    """Many tickets, made of a real one."""
    book = PolicyBook()
    await book.register(database, [load_file(PROJECT / "policies" / "portaone.yaml")])
    opened = NewFact("real", "desk", "1", OPENED, None, {"policy": "portaone", "severity": "P1"})
    await Recorder(database, book, None).record([opened])
    return await fill(database, MANY_TICKETS, THEIR_WORDS)


@pytest.fixture
async def told(database: Database) -> Database:
    """Many escalations, deliveries and held facts."""
    return await fill(database, *TOLD)


async def fill(database: Database, *statements: str) -> Database:
    async with database.connection() as connection:
        for statement in (*statements, "ANALYZE"):
            await connection.execute(statement)
    return database


NOW = host_now()
DAY = timedelta(days=1)
SINGLE = (
    TicketFilters(),
    TicketFilters(policy=["a"]),
    TicketFilters(policy=["c"]),
    TicketFilters(policy=["nobody"]),
    TicketFilters(policy=["b", "c"]),
    TicketFilters(severity=["a1"]),
    TicketFilters(severity=["b3"]),
    TicketFilters(severity=["c3"]),
    TicketFilters(severity=["none"]),
    TicketFilters(severity=["a1", "b1", "c1", "none"]),
    TicketFilters(plan=["basic"]),
    TicketFilters(plan=["gold"]),
    TicketFilters(plan=["none"]),
    TicketFilters(plan=["gold", "none"]),
    TicketFilters(line=["first"]),
    TicketFilters(line=["second"]),
    TicketFilters(line=["none"]),
    TicketFilters(status=["open"]),
    TicketFilters(status=["closed"]),
    TicketFilters(status=["new"]),
    TicketFilters(status=["new", "waiting_on_customer"]),
    TicketFilters(clock="fix"),
    TicketFilters(clock="reply"),
    TicketFilters(clock="none"),
    TicketFilters(breached=True),
    TicketFilters(breached=False),
    TicketFilters(paused=True),
    TicketFilters(paused=False),
    TicketFilters(tier=1),
    TicketFilters(tier=3),
    TicketFilters(tier=9),
    TicketFilters(due_before=NOW - DAY),
    TicketFilters(due_before=NOW + DAY / 24),
    TicketFilters(due_before=NOW + 9 * DAY),
    TicketFilters(opened_after=NOW - DAY),
    TicketFilters(opened_before=NOW - 990 * DAY),
    TicketFilters(q="calls"),
    TicketFilters(q="rare00"),
    TicketFilters(q="T-123"),
    TicketFilters(q="nothing"),
)
READ_AT_MOST: dict[Sort, int] = {"next_due": 700, "opened": TICKETS // 8, "-opened": TICKETS // 8}
"""Rows a page; by opening, those of a filter may be sorted where they are few."""


def needs_lists_within_indexes(connection: Connection) -> None:
    """Skips the test where a filter of several values reads each row that might match."""
    if connection.get_server_version().major < 17:
        pytest.skip("values in a list are found within an index from PostgreSQL 17 on")


@pytest.mark.parametrize("sort", READ_AT_MOST)
async def test_a_page_of_tickets_reads_little_more_than_what_it_shows(
    many: Database, sort: Sort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_list, "FEW", TICKETS // 100)  # of a million, 10,000 are
    async with many.reading() as connection:
        needs_lists_within_indexes(connection)
        for filters in SINGLE:
            place = None
            for _ in range(3):
                explaining = Explaining(connection)
                found = await ticket_list.find(
                    cast("Connection", explaining), filters, sort, place, PAGE
                )
                assert explaining.read <= READ_AT_MOST[sort], (filters, place, explaining.plans)
                if len(found) < PAGE:
                    break
                place = ticket_list.place_of(found[-2], sort)


async def test_a_page_of_escalations_reads_little_more_than_what_it_shows(told: Database) -> None:
    asked = (
        EscalationFilters(),
        EscalationFilters(role=["role1"]),
        EscalationFilters(role=["role1", "none"]),
        EscalationFilters(role=["none"]),
        EscalationFilters(clock=["none"]),
        EscalationFilters(policy=["none"]),
        EscalationFilters(tier=9),
        EscalationFilters(ticket="T-77"),
        EscalationFilters(acknowledged=True),
        EscalationFilters(acknowledged=False),
        EscalationFilters(since=NOW - DAY / 24, until=NOW),
    )
    async with told.reading() as connection:
        needs_lists_within_indexes(connection)
        for filters in asked:
            explaining = Explaining(connection)
            place = None
            for _ in range(2):
                found = await escalation_list.find(
                    cast("Connection", explaining), filters, place, PAGE
                )
                assert explaining.read <= 6 * PAGE, (filters, explaining.plans)
                if len(found) < PAGE:
                    break
                place = escalation_list.Place(found[-1]["raised_at"], found[-1]["position"])


async def test_what_was_told_of_a_ticket_is_read_once_however_much_it_is(told: Database) -> None:
    async with told.connection() as connection:
        for statement in REVIEWED_DAILY:
            await connection.execute(statement)
        explaining = Explaining(connection)
        found = await explaining.fetch(query("ticket_escalations"), 7, "long", 500)
    assert len(found) == 500
    assert explaining.read <= 2 * 500, explaining.plans


async def test_a_page_of_deliveries_reads_little_more_than_what_it_shows(told: Database) -> None:
    asked = (
        DeliveryFilters(),
        DeliveryFilters(subscription="sub1"),
        DeliveryFilters(subscription="none"),
        DeliveryFilters(status="pending"),
        DeliveryFilters(status="delivered"),
        DeliveryFilters(status="dead"),
        DeliveryFilters(status="failed"),
        DeliveryFilters(ticket="T-77"),
        DeliveryFilters(subscription="sub1", status="dead"),
        DeliveryFilters(since=NOW - DAY, until=NOW),
    )
    async with told.reading() as connection:
        for filters in asked:
            explaining = Explaining(connection)
            place = None
            for _ in range(2):
                found = await deliveries.find(cast("Connection", explaining), filters, place, PAGE)
                assert explaining.read <= 4 * PAGE, (filters, explaining.plans)
                if len(found) < PAGE:
                    break
                place = deliveries.Place(found[-1]["created_at"], found[-1]["delivery_id"])


async def test_a_page_of_held_facts_reads_little_more_than_what_it_shows(told: Database) -> None:
    async with told.reading() as connection:
        for ticket, after in ((None, 0), (None, 15_000), ("H-7", 0), ("none", 0)):
            explaining = Explaining(connection)
            await held.find(cast("Connection", explaining), ticket, None, after, PAGE)
            assert explaining.read <= PAGE, explaining.plans
