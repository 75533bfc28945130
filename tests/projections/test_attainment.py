"""The attainment report against one made by hand from what the theory derives (35)."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.domain.derive import derive
from app.domain.events import Fact
from app.domain.judge import Judge
from app.domain.policy import Policy
from app.domain.verdicts import Outcome
from app.projections import outcomes, tickets
from app.projections.attainment import Attainment
from app.projections.attainment_figures import Asked, TooMuch
from app.store.database import Database
from app.store.policies import PolicyBook
from tests.domain.stories import EFFECTS, END, MESSAGES, REPEATS, SHIPPED, START, stories

MEMBERS = ("policy", "severity", "plan", "clock", "line", "month")
DAY = timedelta(days=1)
EVER = (START - 10 * DAY, END + 10 * DAY)

Json = dict[str, Any]


class Ended(NamedTuple):
    """A finished cycle that counts."""

    members: dict[str, str | None]
    outcome: Outcome
    breached: bool


class Live(NamedTuple):
    """A cycle under way that is a promise."""

    members: dict[str, str | None]
    breached: bool


def ended(judges: Sequence[Judge], since: datetime, until: datetime) -> Iterator[Ended]:
    """Rule 35, word by word."""
    for judge in judges:
        for each in judge.verdicts.outcomes.values():
            breached = each.breached_at is not None
            if not since <= each.ending.at < until or each.commitment == "reminder":
                continue
            if each.result == "cancelled" and (
                each.ending.by == "ticket.cancelled" or not breached
            ):
                continue
            if breached or each.ending.goal is not None:
                members = {
                    "policy": each.policy_id,
                    "severity": each.severity,
                    "plan": each.plan,
                    "clock": each.clock,
                    "line": each.line,
                    "month": f"{each.ending.at:%Y-%m}",
                }
                yield Ended(members, each, breached)


def live(judges: Sequence[Judge]) -> Iterator[Live]:
    for judge in judges:
        ticket = judge.ticket
        for clock in judge.policy.clocks:
            state = ticket.clocks[clock.id]
            target = judge.policy.target(clock, ticket.severity, ticket.plan)
            promised = target is not None and any(mark.kind == "breach" for mark in target.marks)
            breached = state.breached_at is not None
            if state.live and not clock.reminder and (promised or breached):
                members = {
                    "policy": ticket.policy_id,
                    "severity": ticket.severity,
                    "plan": ticket.plan,
                    "clock": clock.id,
                    "line": ticket.line,
                }
                yield Live(members, breached)


def percentile(values: Sequence[float], share: float) -> Any:  # noqa: ANN401  # approx has no type
    """Between the two values next to its place."""
    if not values:
        return None
    place = share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return pytest.approx(values[low] + (values[high] - values[low]) * (place - low))


def figures(done: Sequence[Ended], under_way: Sequence[Live], *, by_month: bool) -> Json:
    missed = [each.outcome for each in done if each.breached]
    met = len(done) - len(missed)
    endings = [each.outcome.ending for each in done]
    elapsed = sorted(each.elapsed_seconds for each in endings if each.goal is not None)
    lines: dict[str | None, float] = {}
    for outcome in missed:
        for line, seconds in outcome.holding.lines:
            lines[line] = lines.get(line, 0) + seconds
    return {
        "met": met,
        "breached": len(missed),
        "finished": len(done),
        "attainment": met / len(done) if done else None,
        "running": None if by_month else len(under_way),
        "running_breached": None if by_month else sum(each.breached for each in under_way),
        "elapsed_seconds": {
            name: percentile(elapsed, share)
            for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))
        },
        "missed_held": {
            "customer_seconds": pytest.approx(
                sum(each.holding.customer_seconds for each in missed)
            ),
            "lines": [
                {"line": line, "working_seconds": pytest.approx(lines[line])}
                for line in sorted(lines, key=lambda line: (line is None, line))
            ],
        },
    }


def by_hand(judges: Sequence[Judge], asked: Asked) -> tuple[list[Json], Json]:
    """The report's items and totals."""
    by_month = "month" in asked.group_by

    def wanted(each: Ended | Live) -> bool:
        chosen = {"clock": asked.clock, "severity": asked.severity}
        return all(each.members[name] in given for name, given in chosen.items() if given)

    def key(each: Ended | Live) -> tuple[str | None, ...]:
        return tuple(each.members[name] for name in asked.group_by)

    done = list(filter(wanted, ended(judges, asked.since, asked.until)))
    under_way = [] if by_month else list(filter(wanted, live(judges)))
    counted: list[Ended | Live] = [*done, *under_way]
    keys = {key(each) for each in counted}
    items = [
        {
            **dict(zip(asked.group_by, group, strict=True)),
            **figures(
                [each for each in done if key(each) == group],
                [each for each in under_way if key(each) == group],
                by_month=by_month,
            ),
        }
        for group in sorted(keys, key=lambda group: [(name is None, name or "") for name in group])
    ]
    totals = figures(done, under_way, by_month=by_month)
    return items if asked.group_by else [totals], totals


async def keep(database: Database, judges: Sequence[Judge]) -> None:
    """What was written inline of these tickets, and of no others."""
    async with database.transaction() as connection:
        await connection.execute("TRUNCATE outcomes, tickets")
        await tickets.restore(connection, judges)
        await outcomes.restore(connection, judges)


async def book_of(database: Database) -> PolicyBook:
    book = PolicyBook()
    await book.register(database, [*SHIPPED, EFFECTS, REPEATS, MESSAGES])
    return book


async def compare(url: str, judges: Sequence[Judge], asked: Asked) -> None:
    database = Database(url)
    try:
        book = await book_of(database)
        await keep(database, judges)
        report: Json = dict(await Attainment(database, book).report(asked))
    finally:
        await database.close()
    items, totals = by_hand(judges, asked)
    assert report["items"] == items
    assert report["totals"] == totals


def judged(told: Sequence[tuple[Policy, list[Fact]]], until: datetime) -> list[Judge]:
    """The tickets of these stories, each with an id of its own."""
    return [
        derive(
            [replace(fact, ticket_id=f"T-{number}") for fact in facts],
            rules,
            max(until, max(fact.at for fact in facts)),
        ).judge
        for number, (rules, facts) in enumerate(told)
    ]


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    told=st.lists(stories(), max_size=6),
    days=st.integers(0, 40),
    period=st.one_of(
        st.just(EVER),
        st.tuples(st.integers(0, 20), st.integers(1, 30)).map(
            lambda days: (START + days[0] * DAY, START + sum(days) * DAY)
        ),
    ),
    group_by=st.lists(st.sampled_from(MEMBERS), unique=True),
    chosen=st.sampled_from([{}, {"clock": ("resolution", "update")}, {"severity": ("P1",)}]),
)
def test_it_is_what_counting_by_hand_gives(
    told: list[tuple[Policy, list[Fact]]],
    days: int,
    period: tuple[datetime, datetime],
    group_by: list[str],
    chosen: dict[str, tuple[str, ...]],
    database_url: str,
) -> None:
    judges = judged(told, START + days * DAY)
    clock, severity = chosen.get("clock", ()), chosen.get("severity", ())
    asked = Asked(*period, group_by, clock=clock, severity=severity)
    asyncio.run(compare(database_url, judges, asked))


@pytest.mark.parametrize(
    ("since", "until", "months"),
    [
        ("2026-01-31", "2026-02-01", ["2026-01", "2026-02"]),
        ("2026-11-05", "2027-02-02", ["2026-11", "2026-12", "2027-01", "2027-02"]),
        ("9999-11-05", "9999-12-31", ["9999-11", "9999-12"]),
    ],
)
def test_months_begin_by_utc(since: str, until: str, months: list[str]) -> None:
    def instant(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    found = Asked(instant(since), instant(until)).months()
    assert [f"{each:%Y-%m}" for each in found] == months
    assert all((each.day, each.hour, each.tzinfo) == (1, 0, UTC) for each in found)


async def test_a_report_that_takes_too_long_is_broken_off(database: Database) -> None:
    """Here because the table is locked; the connection is as good as before."""
    book = await book_of(database)
    hurried = Attainment(database, book, most_seconds=0.1)
    async with database.transaction() as connection:
        await connection.execute("LOCK TABLE outcomes")
        with pytest.raises(TooMuch, match=r"0\.1 seconds"):
            await hurried.report(Asked(*EVER))
    assert (await Attainment(database, book).report(Asked(*EVER)))["items"]


OPENING = Fact("ticket.opened", "T-1", "tests", "1", START, START, {"severity": "P1"})
"""Starts the clocks `response` and `first_level`."""


async def test_a_report_of_too_many_groups_is_refused(database: Database) -> None:
    book = await book_of(database)
    await keep(database, [derive([OPENING], EFFECTS, START).judge])
    asked = Asked(*EVER, ["clock"])
    report: Json = dict(await Attainment(database, book, most_groups=2).report(asked))
    assert [each["clock"] for each in report["items"]] == ["first_level", "response"]
    with pytest.raises(TooMuch, match="more than 1 groups"):
        await Attainment(database, book, most_groups=1).report(asked)


async def test_a_policy_that_cannot_be_read_leaves_the_rest_of_the_report_alone(
    database: Database,
) -> None:
    """Whether what runs under it is promised cannot be told, so it is not counted."""
    book = await book_of(database)
    other = replace(OPENING, ticket_id="T-2")
    judges = [derive([each], EFFECTS, START).judge for each in (OPENING, other)]
    judges[1].ticket.policy_version = "sha256:unheard-of"
    await keep(database, judges)
    report: Json = dict(await Attainment(database, book).report(Asked(*EVER)))
    assert report["totals"]["running"] == 2
