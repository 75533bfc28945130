"""However a ticket's facts come in, they come to the same, and to what a rebuild gives (21)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from itertools import count

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.clock import host_now
from app.domain.policy import Policy
from app.main import run
from app.policy_files import parse
from app.recording.new_fact import NewFact
from app.settings import Settings
from app.store.database import Database
from tests.conftest import assert_rebuild_changes_nothing
from tests.recording.reporting import MINUTE, shown

FACTS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                ("ticket.agent_replied", {}),
                ("ticket.severity_changed", {"severity": "P1"}),
                ("ticket.severity_changed", {"severity": "P3"}),
                ("ticket.waiting_on_customer", {}),
                ("ticket.customer_replied", {}),
                ("ticket.resolved", {}),
                ("ticket.reopened", {}),
                ("ticket.closed", {}),
                ("ticket.escalated", {"to": "cto"}),
            ]
        ),
        st.integers(-60, 900),
        st.booleans(),
    ),
    max_size=7,
    unique_by=lambda fact: fact[1],
)

RULES = """\
id: desk
severities: [P1, P2, P3]
default_severity: P2
roles: [cto, lead]
clocks:
  - id: response
    meets: [ticket.agent_replied]
    pauses_on: [waiting_on_customer]
    targets: [{due: 2h, when_due: {tell: lead}}]
  - id: update
    starts: [ticket.agent_replied]
    meets: [ticket.agent_replied]
    repeats: true
    targets: [{severity: P1, due: 2h}, {due: 5h}]
  - id: resolution
    meets: [ticket.resolved]
    targets: [{ladder: [{after: 1h, tell: lead}, {after: 8h, tell: cto}]}]
"""
VERSIONS = [
    parse(RULES),
    parse(RULES.replace("id: response", "id: answer").replace("due: 5h", "due: 1h")),
    parse(RULES.replace(", P3", "").replace("after: 8h, tell: cto", "after: 2h, tell: cto")),
]

numbers = count(1)


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[tuple[str, dict[str, object], int, str]], list[int]]:
    """A ticket's facts, some withdrawn, in the order they come in; and where a batch ends."""
    facts: list[tuple[str, dict[str, object], int, str]] = [
        ("ticket.opened", {"policy": "portaone", "severity": "P2"}, 0, "opened")
    ]
    for number, ((type_, data), minute, withdrawn) in enumerate(draw(FACTS)):
        if minute:
            facts.append((type_, dict(data), minute, str(number)))
            if withdrawn:
                named: dict[str, object] = {"source": "desk", "id": str(number)}
                facts.append(("event.withdrawn", named, 901 + number, f"not-{number}"))
    cuts = draw(st.lists(st.integers(0, len(facts)), max_size=4))
    return draw(st.permutations(facts)), sorted(cuts)


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(story=arrivals(), backfill=st.lists(st.booleans(), min_size=5, max_size=5))
def test_any_order_of_arrival_gives_the_same_state(
    story: tuple[list[tuple[str, dict[str, object], int, str]], list[int]],
    backfill: list[bool],
    settings: Settings,
    database_url: str,
) -> None:
    """In the order of time and in one batch, or as they come: one state, and a rebuild's."""
    asyncio.run(_same(story, backfill, settings, database_url))


REBINDINGS = st.lists(
    st.one_of(FACTS, st.sampled_from(VERSIONS), st.just("withdrawn")),
    max_size=6,
)


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    batches=REBINDINGS,
    place=st.integers(0, 2),
    backfill=st.lists(st.booleans(), min_size=7, max_size=7),
)
def test_with_rebindings_on_the_way_a_rebuild_gives_the_same(
    batches: list[object], place: int, backfill: list[bool], settings: Settings, database_url: str
) -> None:
    """Each step a transaction: facts of some time ago, a rebinding, the opening, a withdrawal."""
    steps = [*batches[:place], "opened", *batches[place:]]
    asyncio.run(_rebuilt(steps, backfill, settings, database_url))


async def _rebuilt(
    batches: Sequence[object], backfill: Sequence[bool], settings: Settings, url: str
) -> None:
    ticket_id = f"C-{next(numbers)}"
    opened = host_now() - 1000 * MINUTE
    names = count(1)
    database = Database(url)
    try:
        async with run(settings, url) as service:
            await service.policies.register(database, [*VERSIONS[1:], VERSIONS[0]])
            for batch, silent in zip(batches, backfill, strict=False):
                facts = [
                    NewFact(ticket_id, "desk", name, type_, at, data, silent)
                    for type_, data, at in _steps(batch, opened)
                    for name in [str(next(names))]
                ]
                await service.intake.record(facts)
        await assert_rebuild_changes_nothing(database)
    finally:
        await database.close()


def _steps(batch: object, opened: datetime) -> list[tuple[str, dict[str, object], datetime | None]]:
    """The facts of a step: type, data, time."""
    if isinstance(batch, Policy):
        return [("policy.rebound", {"policy": batch.id, "version": batch.version}, None)]
    if batch == "opened":
        return [("ticket.opened", {"policy": "desk"}, opened)]
    if batch == "withdrawn":
        return [("event.withdrawn", {"source": "desk", "id": "2"}, None)]
    assert isinstance(batch, list)
    return [(type_, data, opened + minute * MINUTE) for (type_, data), minute, _ in batch]


async def _same(
    story: tuple[list[tuple[str, dict[str, object], int, str]], list[int]],
    backfill: Sequence[bool],
    settings: Settings,
    url: str,
) -> None:
    facts, cuts = story
    number = next(numbers)
    opened = host_now() - 1000 * MINUTE - MINUTE / 3  # so that nothing is due within 20 seconds
    database = Database(url)
    try:
        async with run(settings, url) as service:
            in_order = sorted(facts, key=lambda fact: fact[2])
            await service.intake.record([_new(f"A-{number}", opened, fact) for fact in in_order])
            batches = zip([0, *cuts], [*cuts, len(facts)], backfill, strict=False)
            for start, end, silent in batches:
                batch = [
                    _new(f"B-{number}", opened, fact, backfill=silent) for fact in facts[start:end]
                ]
                await service.intake.record(batch)
        assert await shown(database, f"A-{number}") == await shown(database, f"B-{number}")
        await assert_rebuild_changes_nothing(database)
    finally:
        await database.close()


def _new(
    ticket_id: str,
    opened: datetime,
    fact: tuple[str, dict[str, object], int, str],
    *,
    backfill: bool = False,
) -> NewFact:
    type_, data, minute, id_ = fact
    return NewFact(ticket_id, "desk", id_, type_, opened + minute * MINUTE, data, backfill)
