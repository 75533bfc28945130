"""Whatever is asked and however tickets move: the list is what looking at every ticket gives."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.projections import ticket_list, ticket_words
from app.projections.ticket_filters import TicketFilters
from app.projections.ticket_list import Place, Sort
from app.store.database import Connection, Database, TooSlow, bucket_of

START = datetime(2026, 11, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
EMPTY: dict[str, Any] = {each.name: each.default for each in fields(TicketFilters)}
SORTS: tuple[Sort, ...] = ("next_due", "opened", "-opened")


@dataclass(frozen=True, slots=True)
class Row:
    """What a list may know of a ticket."""

    ticket_id: str
    policy: str
    severity: str
    plan: str | None
    status: str
    line: str | None
    opened: int
    due: int | None
    tier: int
    running: tuple[str, ...]
    paused: tuple[str, ...]
    breached: tuple[str, ...]
    title: str

    @property
    def opened_at(self) -> datetime:
        return START + self.opened * HOUR

    @property
    def next_due_at(self) -> datetime | None:
        return None if self.due is None else START + self.due * HOUR

    def place(self, sort: Sort) -> tuple[object, ...]:
        """Where it stands: no next mark comes last."""
        if sort == "next_due":
            return (self.due is None, self.due, self.ticket_id)
        return (self.opened, self.ticket_id)


CLOCKS = st.lists(st.sampled_from(["fix", "reply", "update"]), unique=True, max_size=2).map(tuple)
WORDS = ("Calls fail", "e-mail call-backs", "Rechnung falsch", "50%_ish", "")


def rows(ticket_id: str) -> st.SearchStrategy[Row]:
    """Few values, so that many are alike."""
    return st.builds(
        Row,
        ticket_id=st.just(ticket_id),
        policy=st.sampled_from("ab"),
        severity=st.sampled_from(["P1", "P2"]),
        plan=st.sampled_from([None, "gold", "basic"]),
        status=st.sampled_from(["new", "open", "closed"]),
        line=st.sampled_from([None, "first", "second"]),
        opened=st.integers(0, 3),
        due=st.none() | st.integers(0, 3),
        tier=st.integers(0, 3),
        running=CLOCKS,
        paused=CLOCKS,
        breached=CLOCKS,
        title=st.sampled_from(WORDS),
    )


IDS = [f"T-{number}" for number in range(1, 13)]
TICKETS = st.tuples(*(rows(ticket_id) for ticket_id in IDS))
HOURS = st.integers(-1, 4).map(lambda hour: START + hour * HOUR)
FILTERS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "policy": st.lists(st.sampled_from("abc"), max_size=3),
        "severity": st.lists(st.sampled_from(["P1", "P2", "p1"]), max_size=3),
        "plan": st.lists(st.sampled_from(["gold", "basic", ""]), max_size=3),
        "status": st.lists(st.sampled_from(["new", "open", "closed"]), max_size=3),
        "line": st.lists(st.sampled_from(["first", "second"]), max_size=3),
        "clock": st.sampled_from(["fix", "reply", "none", ""]),
        "breached": st.booleans(),
        "paused": st.booleans(),
        "tier": st.integers(0, 4),
        "due_before": HOURS,
        "opened_after": HOURS,
        "opened_before": HOURS,
        "q": st.sampled_from(["call", "CALLS", "mail", "t-1", "12", "falsch rech", "50", "%", ""]),
    },
)


def matches(row: Row, filters: TicketFilters) -> bool:
    """Whether a ticket is to be listed, told without any index."""
    named = ("policy", "severity", "plan", "status", "line")
    asked = [(getattr(row, name), getattr(filters, name)) for name in named]
    due = row.next_due_at
    return (
        all(not wanted or value in wanted for value, wanted in asked)
        and _clocks_match(row, filters)
        and (filters.tier is None or row.tier >= filters.tier)
        and (filters.due_before is None or (due is not None and due < filters.due_before))
        and (filters.opened_after is None or row.opened_at >= filters.opened_after)
        and (filters.opened_before is None or row.opened_at < filters.opened_before)
        and _words_match(row, filters.q)
    )


def _clocks_match(row: Row, filters: TicketFilters) -> bool:
    states = [(row.breached, filters.breached), (row.paused, filters.paused)]
    asked = [(clocks, wanted) for clocks, wanted in states if wanted is not None]
    if filters.clock is None:
        return all(bool(clocks) == wanted for clocks, wanted in asked)
    alone = not any(wanted for _, wanted in asked)
    under_way = filters.clock in row.running + row.paused
    return (under_way or not alone) and all(
        (filters.clock in clocks) == wanted for clocks, wanted in asked
    )


def _words_match(row: Row, q: str | None) -> bool:
    words = ticket_words.words_in(row.ticket_id, row.title)
    asked = (q or "").lower().split()
    return all(any(word.startswith(each) for word in words) for each in asked)


SAVE = """
    INSERT INTO tickets (bucket, ticket_id, version, policy_id, policy_version, severity, plan,
                         status, line, opened_at, next_due_at, tier, running, paused, breached,
                         state_format, state)
    VALUES ($1, $2, 1, $3, '1', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, '{}')
    ON CONFLICT (bucket, ticket_id) DO UPDATE SET next_due_at = excluded.next_due_at
"""


async def save(connection: Connection, row: Row) -> None:
    """Writes a ticket's row; of one that is there only the next mark moves."""
    columns = (row.policy, row.severity, row.plan, row.status, row.line, row.opened_at)
    clocks = (row.running, row.paused, row.breached)
    bucket = bucket_of(row.ticket_id)
    await connection.execute(
        SAVE, bucket, row.ticket_id, *columns, row.next_due_at, row.tier, *clocks
    )


async def every(connection: Connection, tickets: Sequence[Row]) -> None:
    """Nothing but these tickets, with their words."""
    await connection.execute("TRUNCATE tickets, ticket_words")
    for row in tickets:
        await save(connection, row)
        words = ticket_words.words_in(row.ticket_id, row.title)
        await connection.execute(
            "INSERT INTO ticket_words VALUES ($1, $2, array_to_tsvector($3))",
            bucket_of(row.ticket_id),
            row.ticket_id,
            words,
        )


async def pages(
    database: Database,
    filters: TicketFilters,
    sort: Sort,
    limit: int,
    meanwhile: Callable[[], Awaitable[None]] | None = None,
) -> list[str]:
    """The ids on all pages; something may happen after each."""
    found: list[str] = []
    place: Place | None = None
    while True:
        async with database.reading() as connection:
            page = await ticket_list.find(connection, filters, sort, place, limit)
        found += [row["ticket_id"] for row in page]
        if len(page) < limit:
            return found
        place = ticket_list.place_of(page[-1], sort)
        if meanwhile is not None:
            await meanwhile()


PROPERTY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@PROPERTY
@given(
    tickets=TICKETS,
    asked=st.lists(FILTERS.map(lambda given: TicketFilters(**given)), min_size=1, max_size=5),
    sort=st.sampled_from(SORTS),
    limit=st.integers(1, 13),
    few=st.sampled_from([0, 10_000]),
)
def test_filters_combine_and_pages_are_in_order(
    tickets: tuple[Row, ...],
    asked: list[TicketFilters],
    sort: Sort,
    limit: int,
    few: int,
    database_url: str,
) -> None:
    """As if each ticket were looked at; found by sorting few, or by walking through the order."""

    async def compare(database: Database) -> None:
        async with database.connection() as connection:
            await every(connection, tickets)
        # Each filter of the first question alone, too.
        alone = [replace(asked[0], **{**EMPTY, each: getattr(asked[0], each)}) for each in EMPTY]
        for filters in (*asked, *alone):
            wanted = [row for row in tickets if matches(row, filters)]
            wanted.sort(key=lambda row: row.place(sort), reverse=sort == "-opened")
            if filters.q == "%":
                wanted = []  # no word at all
            found = await pages(database, filters, sort, limit)
            assert found == [row.ticket_id for row in wanted], filters

    with_few(few, database_url, compare)


@PROPERTY
@given(
    tickets=TICKETS,
    moves=st.lists(st.tuples(st.sampled_from(IDS[:4]), st.none() | st.integers(0, 3)), max_size=12),
    sort=st.sampled_from(SORTS),
    limit=st.integers(1, 5),
    several=st.booleans(),
)
def test_what_keeps_its_place_is_listed_once_however_others_move(
    tickets: tuple[Row, ...],
    moves: list[tuple[str, int | None]],
    sort: Sort,
    limit: int,
    several: bool,
    database_url: str,
) -> None:
    """The next marks of four tickets move between pages; the others stay where they are."""
    by_id = {row.ticket_id: row for row in tickets}
    left = iter(moves)

    async def compare(database: Database) -> None:
        async def move() -> None:
            for ticket_id, due in [next(left, ("", None))]:
                if ticket_id:
                    async with database.connection() as connection:
                        await save(connection, replace(by_id[ticket_id], due=due))

        async with database.connection() as connection:
            await every(connection, tickets)
        filters = TicketFilters(policy=["a", "b"] if several else [])
        found = await pages(database, filters, sort, limit, move)
        still = sorted(tickets, key=lambda row: row.place(sort), reverse=sort == "-opened")
        moved = {ticket_id for ticket_id, _ in moves} if sort == "next_due" else set()
        expected = [row.ticket_id for row in still if row.ticket_id not in moved]
        assert [ticket_id for ticket_id in found if ticket_id not in moved] == expected

    with_few(10_000, database_url, compare)


def with_few(few: int, url: str, compare: Callable[[Database], Awaitable[None]]) -> None:
    """Runs a comparison; so many tickets count as few."""

    async def run() -> None:
        database = Database(url)
        try:
            await compare(database)
        finally:
            await database.close()

    before, ticket_list.FEW = ticket_list.FEW, few
    try:
        asyncio.run(run())
    finally:
        ticket_list.FEW = before


async def test_a_search_waits_for_nobody_longer_than_it_may(database: Database) -> None:
    """What takes too long is given up; here another transaction has the table for itself."""
    async with database.transaction() as holder:
        await holder.execute("LOCK TABLE tickets IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(TooSlow, match="narrow it"):
            async with database.reading() as connection:
                await ticket_list.find(connection, TicketFilters(), "opened", None, 1)
    async with database.reading() as connection:
        assert await ticket_list.find(connection, TicketFilters(), "opened", None, 1) == []
