"""The forecast of many tickets is what each of them, judged forward, will raise."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest

from app.domain.events import Fact, SlaEvent
from app.domain.judge import Judge
from app.domain.policy import Policy
from app.projections import tickets
from app.projections.forecast import KINDS, Asked, Effort, slices
from app.projections.forecast_list import Item, Place, Walk
from app.projections.forecast_sums import Adding, Sums
from app.store.codec import decode_state, encode_state
from app.store.database import Database
from app.store.policies import PolicyBook
from tests.domain.scenario import policy
from tests.domain.stories import EFFECTS, MESSAGES, MINUTE, REPEATS, SHIPPED, START

HOUR = timedelta(hours=1)
NOW = START + 70 * HOUR
TO_AND_FRO = policy("""
    lines: [first, second]
    opening_line: first
    clocks:
      - id: first
        when: {line: first}
        meets: [ticket.resolved]
        targets: [{due: 20h, when_due: {tell: lead, move_to_line: second}}]
      - id: second
        when: {line: second}
        meets: [ticket.resolved]
        targets: [{due: 30h, when_due: {tell: manager, move_to_line: first}}]
      - id: update
        repeats: true
        targets: [{due: 5h, warn: {after: 2h, tell: agent, if: {status: new}}}]
    """)
"""Nothing less than judging its tickets tells what will be."""

POLICIES = (*SHIPPED, EFFECTS, REPEATS, MESSAGES, TO_AND_FRO)
HAPPENS = {
    "agent_replied": 6,
    "customer_replied": 3,
    "waiting_on_customer": 4,
    "work_started": 2,
    "workaround_provided": 1,
    "resolved": 1,
}


def ticket(number: int, rules: Policy, chance: random.Random) -> Judge:
    """A ticket opened within the last three days, and what has happened to it since."""
    at = NOW - chance.randrange(70 * 3600) * timedelta(seconds=1)
    data: dict[str, object] = {"severity": chance.choice(rules.severities).id}
    if rules.plans:
        data["plan"] = chance.choice(rules.plans)
    name = f"T-{number}"
    judge = Judge.opening(Fact("ticket.opened", name, "tests", "0", at, at, data), rules)
    for count in range(1, chance.randrange(1, 5)):
        at += chance.randrange(60, 100_000) * timedelta(seconds=1)
        if at > NOW:
            break
        (type_,) = chance.choices([*HAPPENS], [*HAPPENS.values()])
        judge.fact(Fact(f"ticket.{type_}", name, "tests", str(count), at, at, {}))
    judge.pass_time(NOW)
    judge.verdicts.events.clear()
    return judge


@cache
def everybody() -> list[Judge]:
    """Tickets of every policy, the same ones always."""
    chance = random.Random(20260306)  # noqa: S311  # no secret is made of it
    return [ticket(number, chance.choice(POLICIES), chance) for number in range(400)]


def population(size: int) -> list[Judge]:
    """So many of them."""
    return everybody()[:size]


@pytest.fixture
async def policies(database: Database) -> PolicyBook:
    book = PolicyBook()
    await book.register(database, SHIPPED)
    for rules in (EFFECTS, REPEATS, MESSAGES, TO_AND_FRO):
        await book.register(database, [rules])
    return book


async def open_all(database: Database, judges: Sequence[Judge]) -> None:
    async with database.transaction() as connection:
        await tickets.restore(connection, judges)


def future(judges: Sequence[Judge], asked: Asked) -> list[SlaEvent]:
    """What each of the tickets will raise, by the judge alone."""
    found: list[SlaEvent] = []
    for judge in judges:
        later = Judge(decode_state(encode_state(judge.ticket)), judge.policy)
        if asked.severity and later.ticket.severity not in asked.severity:
            continue
        if asked.policy and later.ticket.policy_id not in asked.policy:
            continue
        later.pass_time(asked.until)
        found += [
            event
            for event in later.verdicts.events
            if event.kind in KINDS and asked.takes(event.clock, event.role)
        ]
    return found


async def add_up(
    database: Database, policies: PolicyBook, asked: Asked, effort: Effort | None = None
) -> Sums:
    async with database.transaction() as connection:
        return await Adding(connection, policies, asked, effort or Effort()).sums()


def same_as(sums: Sums, events: Sequence[SlaEvent], asked: Asked) -> None:
    """The sums are those of the events."""
    assert {(each["role"], each["kind"]): each["marks"] for each in sums.by_role()} == Counter(
        (event.role, event.kind) for event in events
    )
    for each in sums.by_role():
        assert each["first_at"] == min(
            event.reached_at
            for event in events
            if (event.role, event.kind) == (each["role"], each["kind"])
        )
    for each in sums.by_time(asked.now):
        low, high = each["from"], each["to"]
        assert isinstance(low, datetime)
        assert isinstance(high, datetime)
        within = [event for event in events if low < event.reached_at <= high]
        assert each["by_kind"] == {
            kind: sum(event.kind == kind for event in within) for kind in KINDS
        }
        assert each["marks"] == len(within)
    assert sums.tickets == len({event.ticket_id for event in events})


@pytest.mark.parametrize("hours", [0.02, 1, 24, 24 * 7, 24 * 30])
async def test_the_sums_are_those_of_every_ticket_judged_forward(
    database: Database, policies: PolicyBook, hours: float
) -> None:
    judges = population(400)
    await open_all(database, judges)
    asked = Asked(NOW, NOW + hours * HOUR)
    sums = await add_up(database, policies, asked)
    events = future(judges, asked)
    assert events or hours < 1
    assert sums.complete
    same_as(sums, events, asked)


LATER = NOW + 100 * HOUR
NOBODY = ("nobody",)


@pytest.mark.parametrize(
    "asked",
    [
        Asked(NOW, LATER, role=("lead", "manager", "cto")),
        Asked(NOW, LATER, clock=("update", "resolution", "silence")),
        Asked(NOW, LATER, clock=("daily_review",), role=("support_and_operations_engineering",)),
        Asked(NOW, LATER, severity=("P1", "critical")),
        Asked(NOW, LATER, policy=("netop", "test"), role=("agent", "second_level_support")),
        Asked(NOW, LATER, role=NOBODY),
    ],
    ids=["role", "clock", "clock and role", "severity", "policy and role", "nobody"],
)
async def test_filters_leave_out_what_is_not_asked_for(
    database: Database, policies: PolicyBook, asked: Asked
) -> None:
    judges = population(200)
    await open_all(database, judges)
    events = future(judges, asked)
    assert bool(events) is (asked.role != NOBODY)
    same_as(await add_up(database, policies, asked), events, asked)
    items = await pages(database, policies, asked, 1000)
    assert len(items) == len(events)


async def test_clocks_that_go_on_alike_are_told_apart_where_they_differ(
    database: Database, policies: PolicyBook
) -> None:
    """Hundreds of repeating clocks, of which the database answers only when they begin."""
    (portaone,) = [rules for rules in SHIPPED if rules.id == "portaone"]
    chance = random.Random(7)  # noqa: S311  # no secret is made of it
    judges = [ticket(number, portaone, chance) for number in range(500)]
    await open_all(database, judges)
    for hours in (5, 60, 24 * 9):
        asked = Asked(NOW, NOW + hours * HOUR + timedelta(seconds=17))
        same_as(await add_up(database, policies, asked), future(judges, asked), asked)


async def pages(database: Database, policies: PolicyBook, asked: Asked, size: int) -> list[Item]:
    """All items, page by page."""
    found: list[Item] = []
    place: Place | None = None
    while True:
        async with database.transaction() as connection:
            walk = Walk(connection, policies, asked, place, Effort())
            page = await walk.items(size)
        assert walk.complete
        found += page
        if len(page) < size:
            return found
        place = page[-1].place


def told(event: SlaEvent) -> tuple[object, ...]:
    return event.reached_at, event.ticket_id, event.id


@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_the_pages_hold_every_mark_once_in_time_order(
    database: Database, policies: PolicyBook, size: int
) -> None:
    judges = population(10 * size if size < 8 else 150)
    await open_all(database, judges)
    asked = Asked(NOW, NOW + 30 * HOUR)
    items = await pages(database, policies, asked, size)
    assert [item.place for item in items] == sorted(item.place for item in items)
    assert len({item.place for item in items}) == len(items)
    events = sorted(map(told, future(judges, asked)))
    assert sorted(told(item.event) for item in items) == events


async def test_rows_of_before_are_judged_until_they_are_written_again(
    database: Database, policies: PolicyBook
) -> None:
    judges = population(100)
    await open_all(database, judges)
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE tickets SET ahead_at = NULL, ahead = NULL, onward_at = NULL, onward = NULL,"
            " judged_from = NULL WHERE bucket < 32"
        )
    asked = Asked(NOW, NOW + 48 * HOUR, role=("lead", "cto", "technical_support_agent"))
    events = future(judges, asked)
    same_as(await add_up(database, policies, asked), events, asked)
    items = await pages(database, policies, asked, 7)
    assert sorted(told(item.event) for item in items) == sorted(map(told, events))


async def test_a_ticket_that_cannot_be_read_is_left_out_and_it_is_said(
    database: Database, policies: PolicyBook
) -> None:
    judges = population(100)
    await open_all(database, judges)
    asked = Asked(NOW, NOW + 300 * HOUR)
    async with database.transaction() as connection:
        poisoned = await connection.fetchval(
            "UPDATE tickets SET state = '{}' WHERE ticket_id ="
            " (SELECT min(ticket_id) FROM tickets WHERE judged_from < $1) RETURNING ticket_id",
            asked.until,
        )
        walk = Walk(connection, policies, asked, None, Effort())
        items = await walk.items(100_000)
    sums = await add_up(database, policies, asked)
    others = future([each for each in judges if each.ticket.ticket_id != poisoned], asked)
    assert not sums.complete
    assert not walk.complete
    same_as(sums, others, asked)
    assert len(items) == len(others)


async def test_a_forecast_that_is_too_much_for_one_request_says_so(
    database: Database, policies: PolicyBook
) -> None:
    await open_all(database, population(100))
    asked = Asked(NOW, NOW + 300 * HOUR)
    assert not (await add_up(database, policies, asked, Effort(100))).complete
    async with database.transaction() as connection:
        walk = Walk(connection, policies, asked, None, Effort(2000))
        found = await walk.items(100_000)
    assert not walk.complete
    assert found


def opened(name: str, rules: Policy, at: datetime) -> Judge:
    """A ticket that nothing has happened to since."""
    fact = Fact("ticket.opened", name, "tests", "0", at, at, {"severity": rules.severities[0].id})
    judge = Judge.opening(fact, rules)
    judge.pass_time(NOW)
    judge.verdicts.events.clear()
    return judge


async def test_a_mark_at_the_very_end_of_a_slice_belongs_to_it(
    database: Database, policies: PolicyBook
) -> None:
    (portaone,) = [rules for rules in SHIPPED if rules.id == "portaone"]
    judges = [opened("T-1", portaone, NOW - 40 * MINUTE)]
    await open_all(database, judges)
    asked = Asked(NOW, NOW + 2 * HOUR)
    sums = await add_up(database, policies, asked)
    same_as(sums, future(judges, asked), asked)
    (slice_,) = [each for each in sums.by_time(NOW) if each["marks"]]
    assert slice_["to"] == NOW + 20 * MINUTE


async def test_a_ticket_counts_for_a_role_that_only_its_next_cycle_tells(
    database: Database, policies: PolicyBook
) -> None:
    review = policy("""
        clocks:
          - id: review
            commitment: reminder
            repeats: true
            targets: [{ladder: [{after: 1h, tell: agent}, {after: 3h, tell: lead}]}]
        """)
    await policies.register(database, [review])
    judges = [opened(f"T-{ago}", review, NOW - (120 + ago) * MINUTE) for ago in range(50)]
    await open_all(database, judges)
    asked = Asked(NOW, NOW + 95 * MINUTE, role=("agent",))
    sums = await add_up(database, policies, asked)
    same_as(sums, future(judges, asked), asked)
    assert sums.tickets == 25


async def test_a_place_far_down_the_list_of_a_busy_clock_is_not_gone_to_at_any_cost(
    database: Database, policies: PolicyBook
) -> None:
    minutely = policy("""
        clocks:
          - id: review
            commitment: reminder
            repeats: true
            targets: [{ladder: [{after: 1m, tell: lead}]}]
        """)
    await policies.register(database, [minutely])
    await open_all(database, [opened("T-1", minutely, NOW)])
    asked = Asked(NOW, NOW + 365 * 24 * HOUR)
    effort = Effort(50_000)
    async with database.transaction() as connection:
        walk = Walk(connection, policies, asked, Place(asked.until - HOUR, "", 0), effort)
        assert await walk.items(10) == []
    assert not walk.complete
    assert effort.left > -10_000
    assert not (await add_up(database, policies, asked)).complete


@pytest.mark.parametrize(
    ("span", "length", "count"),
    [
        (MINUTE, MINUTE, 1),
        (HOUR, 5 * MINUTE, 12),
        (24 * HOUR, HOUR, 24),
        (7 * 24 * HOUR, 6 * HOUR, 28),
        (365 * 24 * HOUR, 7 * 24 * HOUR, 53),
    ],
)
def test_slices_of_time_end_with_the_forecast(
    span: timedelta, length: timedelta, count: int
) -> None:
    ends = slices(NOW, NOW + span)
    assert len(ends) == count
    assert ends[-1] == NOW + span
    assert {later - end for end, later in pairwise(ends)} <= {length}
    assert NOW < ends[0] <= NOW + max(length, 5 * MINUTE)
