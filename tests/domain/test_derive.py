"""The whole theory: facts in any order, withdrawals among them, give one state (21, 22)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.derive import derive, late_facts, standing
from app.domain.events import WITHDRAWN, Fact
from app.domain.policy import Policy
from tests.domain.scenario import policy
from tests.domain.stories import END, MINUTE, START, stories

RULES = policy("""
    lines: [first, second]
    opening_line: first
    clocks:
      - id: response
        meets: [ticket.agent_replied]
        targets: [{due: 2h, when_due: {tell: lead}}]
    """)


def fact(id_: str, type_: str, minutes: float, arrived: float, **data: object) -> Fact:
    """A fact of T-1: when it happened, and when it came, in minutes from the start."""
    at, recorded = START + minutes * MINUTE, START + arrived * MINUTE
    return Fact(type_, "T-1", "tests", id_, at, recorded, data)


def withdrawal(id_: str, of: str, arrived: float) -> Fact:
    """Withdraws a fact of the same source."""
    return fact(id_, WITHDRAWN, arrived, arrived, source="tests", id=of)


OPENED = fact("1", "ticket.opened", 0, 1000)


def shown(facts: Sequence[Fact], rules: Policy = RULES) -> object:
    """All that a fold shows, arrivals aside."""
    judge, aside = derive(facts, rules, END)
    ticket = replace(judge.ticket, late_facts=0)
    events = {each.identity: each for each in standing(judge.verdicts.events).values()}
    told = sorted((identity, each.reached_at) for identity, each in events.items())
    left_out = sorted((each.fact.id, each.reason or "") for each in aside)
    return ticket, told, judge.verdicts.outcomes, left_out


def reasons(facts: Sequence[Fact]) -> list[tuple[str, str | None]]:
    """Which facts are without effect, and why."""
    return [(each.fact.id, each.reason) for each in derive(facts, RULES, END).aside]


def test_rule_22_facts_before_the_opening_are_folded_at_it_in_the_order_of_their_times() -> None:
    early = [
        fact("2", "ticket.handed_over", -20, 10, line="second"),
        fact("3", "ticket.handed_over", -30, 20, line="first"),
        fact("4", "ticket.agent_replied", -10, 30),
    ]
    judge, aside = derive([*early, OPENED], RULES, END)
    assert not aside
    assert (judge.ticket.line, judge.ticket.status) == ("second", "open")
    assert [event.reached_at for event in judge.verdicts.events] == [START]


def test_rule_22_what_the_policy_refuses_is_left_out_with_the_reason() -> None:
    facts = [fact("2", "ticket.severity_changed", 5, 10, severity="P9"), OPENED]
    (refused,) = derive(facts, RULES, END).aside
    assert refused.fact.id == "2"
    assert "no severity 'P9'" in str(refused.reason)
    assert derive(facts, RULES, END).judge.ticket == derive([OPENED], RULES, END).judge.ticket


def test_rule_22_what_is_withdrawn_is_left_out() -> None:
    reply = fact("2", "ticket.agent_replied", 30, 1001)
    gone = withdrawal("3", "2", 1002)
    assert shown([OPENED, reply, gone]) == shown([OPENED])
    assert shown([OPENED, gone, reply]) == shown([OPENED])
    assert shown([gone, reply, OPENED]) == shown([OPENED])


def test_a_withdrawal_waits_for_what_it_names() -> None:
    facts = [OPENED, withdrawal("3", "2", 1002)]
    assert reasons(facts) == [("3", None)]
    assert derive(facts, RULES, END).judge.ticket.withdrawn_early == [("tests", "2")]


@pytest.mark.parametrize(
    ("named", "why"),
    [
        (OPENED, "an opening cannot be withdrawn"),
        (
            fact("2", "escalation.acknowledged", 5, 1001, escalation_id="x"),
            "only ticket.* facts can be withdrawn, and this is escalation.acknowledged",
        ),
        (
            withdrawal("2", "7", 1001),
            "only ticket.* facts can be withdrawn, and this is event.withdrawn",
        ),
    ],
)
def test_what_cannot_be_withdrawn_stays(named: Fact, why: str) -> None:
    """Given a withdrawal that came before what it names, so that it could not be refused."""
    facts = [withdrawal("9", named.id, 900), OPENED, *([] if named is OPENED else [named])]
    assert ("9", why) in reasons(facts)
    assert derive(facts, RULES, END).judge.verdicts.events


def test_late_facts_are_those_folded_that_came_after_a_later_one() -> None:
    """A withdrawal is never late, nor is what was withdrawn a measure for others."""
    later, earlier = fact("2", "ticket.updated", 60, 1001), fact("3", "ticket.updated", 30, 1002)
    assert late_facts([OPENED, later, earlier]) == 1
    assert derive([OPENED, later, earlier], RULES, END).judge.ticket.late_facts == 1
    gone = replace(withdrawal("4", "2", 1003), time=START)
    assert derive([OPENED, later, earlier, gone], RULES, END).judge.ticket.late_facts == 0


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[Policy, list[Fact], list[Fact]]:
    """A story of distinct times with some facts withdrawn, as it may come in, twice."""
    rules, happened = draw(stories())
    names = [each.id for each in happened[1:]]
    gone = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    distinct = [
        replace(each, time=each.at + number * timedelta(microseconds=1))
        for number, each in enumerate(happened)
    ]
    facts = [*distinct, *(withdrawal(f"not-{name}", name, 0) for name in gone)]
    return rules, _arriving(facts), _arriving(draw(st.permutations(facts)))


def _arriving(facts: Sequence[Fact]) -> list[Fact]:
    """The same facts, recorded in this order, after all of them."""
    return [replace(each, recorded_at=END + number * MINUTE) for number, each in enumerate(facts)]


@settings(max_examples=150, deadline=None)
@given(arrivals())
def test_rule_21_any_order_of_arrival_gives_the_same(
    story: tuple[Policy, list[Fact], list[Fact]],
) -> None:
    rules, one, other = story
    assert shown(one, rules) == shown(other, rules)
