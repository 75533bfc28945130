"""A fact that ends a pause and the work at once: the resumption comes first (12, 13, 25)."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.events import Fact
from app.domain.judge import Judge
from app.domain.policy import Policy
from app.domain.verdicts import Outcome
from tests.domain.scenario import Scenario
from tests.domain.stories import EFFECTS, END, MINUTE, REPEATS, SHIPPED, Data, severities, stories

RULES = """
clocks:
  - id: resolution
    meets: [ticket.resolved, ticket.closed]
    pauses_on: [waiting_on_customer]
    targets:
      - {severity: P1, due: 2h, warn: 1h, when_due: {tell: manager}}
      - {severity: P2, due: 8h}
"""

BREACHED = [
    "16:00 resolution warning",
    "16:00 resolution breach",
    "16:00 resolution escalation 1 manager",
    "16:00 resolution met",
]


def used_up(rules: str = RULES) -> Scenario:
    """Three hours in it waits for the customer; then it has been due after two."""
    ticket = Scenario(rules).opened("10:00", severity="P2").fact("13:00", "waiting_on_customer")
    return ticket.fact("14:00", "severity_changed", severity="P1")


def verdicts(ticket: Scenario) -> dict[str, str | None]:
    """What the latest finished cycle of each clock counts as."""
    return {each.clock: each.verdict for each in ticket.judge.verdicts.outcomes.values()}


@pytest.mark.parametrize("end", ["resolved", "closed"])
def test_rule_12_resolved_from_the_pause_what_was_due_by_then_is_reached_first(end: str) -> None:
    ticket = used_up().fact("16:00", end)
    assert ticket.raised == BREACHED
    assert [each.target_at for each in ticket.events[1:3]] == [ticket.at("12:00")] * 2
    assert verdicts(ticket) == {"resolution": "breached"}
    clock = ticket.clock("resolution")
    assert (clock.state, clock.breached) == ("met", "16:00")
    assert (clock.elapsed, clock.remaining, clock.paused) == (180, -60, 180)


def test_rule_12_as_it_is_if_the_work_goes_on_at_that_instant_before_it_is_resolved() -> None:
    ticket = used_up().fact("16:00", "work_started").fact("16:00", "resolved")
    assert ticket.raised == BREACHED
    assert verdicts(ticket) == {"resolution": "breached"}


def test_rule_12_nothing_is_reached_before_the_pause_ends() -> None:
    assert used_up().until("16:00").raised == []


def test_rule_12_with_time_left_it_is_met() -> None:
    ticket = Scenario(RULES).opened("10:00", severity="P2").fact("10:30", "waiting_on_customer")
    ticket.fact("14:00", "severity_changed", severity="P1").fact("16:00", "resolved")
    assert ticket.raised == ["16:00 resolution met"]
    assert (ticket.clock("resolution").due, verdicts(ticket)) == ("17:30", {"resolution": "met"})


def test_rule_12_a_pause_that_began_at_the_very_target_only_put_it_off() -> None:
    """Nothing was left of the goal: whatever ends the pause, it is due by then."""
    ticket = Scenario(RULES).opened("10:00", severity="P1").fact("12:00", "waiting_on_customer")
    again = Scenario(RULES).opened("10:00", severity="P1").fact("12:00", "waiting_on_customer")
    again.fact("16:00", "work_started").fact("16:00", "resolved")
    ticket.fact("16:00", "resolved")
    assert ticket.raised == again.raised == ["11:00 resolution warning", *BREACHED[1:]]


def test_rule_25_left_at_the_instant_it_began_the_answer_at_the_target_is_on_time() -> None:
    ticket = Scenario(RULES).opened("10:00", severity="P1").fact("12:00", "waiting_on_customer")
    ticket.fact("12:00", "resolved")
    assert ticket.raised == ["11:00 resolution warning", "12:00 resolution met"]


def test_rule_11_raised_while_running_and_resolved_at_that_instant_is_breached_alike() -> None:
    ticket = Scenario(RULES).opened("10:00", severity="P2")
    ticket.fact("14:00", "severity_changed", severity="P1").fact("14:00", "resolved")
    assert verdicts(ticket) == {"resolution": "breached"}


def test_rule_16_cancelled_from_the_pause_nothing_is_raised() -> None:
    ticket = used_up().fact("16:00", "cancelled", reason="spam")
    assert (ticket.raised, verdicts(ticket)) == ([], {"resolution": None})


def test_rule_16_what_closing_does_not_meet_ends_cancelled_and_breached() -> None:
    ticket = used_up(RULES.replace(", ticket.closed", "")).fact("16:00", "closed")
    assert ticket.raised == BREACHED[:3]
    assert ticket.results == [("resolution", 1, "cancelled")]
    assert verdicts(ticket) == {"resolution": "breached"}


def test_rule_17_reopened_what_was_reached_is_not_reached_again() -> None:
    ticket = used_up().fact("16:00", "resolved").fact("17:00", "reopened").until("20:00")
    assert ticket.raised == [*BREACHED, "17:00 resolution met retracted"]
    clock = ticket.clock("resolution")
    assert (clock.state, clock.breached, clock.due) == ("running", "16:00", "12:00")


def test_rule_12_met_by_what_ends_the_pause_and_not_the_work() -> None:
    ticket = used_up(RULES.replace("ticket.resolved,", "ticket.work_started,"))
    ticket.fact("16:00", "work_started")
    assert ticket.raised == BREACHED


def test_rule_12_met_by_what_does_not_end_the_pause_no_mark_is_reached() -> None:
    ticket = used_up(RULES.replace("ticket.resolved,", "ticket.agent_replied,"))
    ticket.fact("16:00", "agent_replied")
    assert ticket.raised == ["16:00 resolution met"]
    assert verdicts(ticket) == {"resolution": "met"}


def test_rule_12_nor_where_the_status_then_pauses_it_too() -> None:
    ticket = used_up(RULES.replace("[waiting_on_customer]", "[waiting_on_customer, resolved]"))
    assert ticket.fact("16:00", "resolved").raised == ["16:00 resolution met"]


def test_rule_15_a_repeating_clock_misses_the_cycle_that_was_used_up() -> None:
    ticket = used_up("""
        clocks:
          - id: update
            meets: [ticket.agent_replied]
            pauses_on: [waiting_on_customer]
            repeats: true
            targets: [{severity: P1, due: 2h}, {severity: P2, due: 8h}]
        """)
    ticket.fact("16:00", "resolved")
    assert ticket.raised == ["16:00 update breach"]
    assert ticket.results == [("update", 1, "missed"), ("update", 2, "cancelled")]


def test_rule_26_effects_of_what_is_reached_act_before_the_work_is_over() -> None:
    """It comes to the second line, and is resolved there."""
    ticket = used_up("""
        lines: [first, second]
        opening_line: first
        clocks:
          - id: first_level
            line: first
            meets: [ticket.resolved]
            pauses_on: [waiting_on_customer]
            when_due: {tell: lead, move_to_line: second}
            targets: [{severity: P1, due: 2h}, {severity: P2, due: 8h}]
          - {id: second_level, line: second, meets: [ticket.resolved], targets: [{due: 8h}]}
        """)
    ticket.fact("16:00", "resolved")
    assert ticket.results == [("first_level", 1, "cancelled"), ("second_level", 1, "met")]
    assert verdicts(ticket) == {"first_level": "breached", "second_level": "met"}
    assert ticket.ending("first_level").due_at == ticket.at("12:00")
    assert (ticket.ticket.line, ticket.ticket.status) == ("second", "resolved")


def test_rule_26_closed_by_an_effect_it_is_not_resolved_any_more() -> None:
    ticket = used_up(RULES.replace("tell: manager", "tell: manager, close: true"))
    ticket.fact("16:00", "resolved")
    assert ticket.raised == BREACHED
    assert [status for _, status in ticket.ticket.history][-1] == "closed"


Told = tuple[list[object], dict[tuple[str, int], Outcome]]


def told(rules: Policy, facts: Sequence[Fact]) -> Told:
    """What is raised, and every cycle that counts, save by what kind of fact it ended."""
    judge = Judge.opening(facts[0], rules)
    for fact in facts[1:]:
        judge.fact(fact)
    judge.pass_time(END)
    events = [(each.identity, each.target_at, each.reached_at) for each in judge.verdicts.events]
    return [*events], {
        cycle: replace(each, ending=replace(each.ending, by=""))
        for cycle, each in judge.verdicts.outcomes.items()
        if each.verdict is not None  # a fact more may wake a clock that rests (15)
    }


@st.composite
def waits(draw: st.DrawFn) -> tuple[Policy, list[Fact], Fact]:
    """A story that comes to wait, with another severity meanwhile, and what ends it."""
    rules, facts = draw(stories(st.sampled_from([*SHIPPED, EFFECTS, REPEATS])))
    ends = ["resolved", "closed", *(["workaround_provided"] if rules.resolves else [])]
    said: tuple[tuple[str, Data], ...] = (
        ("waiting_on_customer", {}),
        ("severity_changed", draw(severities(rules))),
        (draw(st.sampled_from(ends)), {}),
    )
    for type_, data in said:
        at = facts[-1].at + draw(st.integers(0, 6000)) * MINUTE
        facts.append(Fact(f"ticket.{type_}", "T-1", "tests", str(len(facts)), at, at, data))
    return rules, facts[:-1], facts[-1]


@settings(max_examples=300, deadline=None)
@given(waits())
def test_rule_12_ending_the_work_from_a_pause_equals_going_on_and_ending_it_at_once(
    story: tuple[Policy, list[Fact], Fact],
) -> None:
    rules, facts, end = story
    on = replace(end, type="ticket.customer_replied", id="on")
    assert told(rules, [*facts, end]) == told(rules, [*facts, on, end])


TWO_LINES = """
lines: [first, second]
opening_line: first
"""
HANDING_OVER_RESOLVES = (
    TWO_LINES
    + """
resolves: [ticket.handed_over]
clocks:
  - id: resolution
    meets: [ticket.resolved]
    pauses_on: [waiting_on_customer]
    targets: [{due: 8h}]
  - id: second_level
    line: second
    meets: [ticket.closed]
    targets: [{due: 1h, when_due: {tell: lead}}]
"""
)
BEGUN_BY_AN_EFFECT = (
    TWO_LINES
    + """
clocks:
  - id: first_level
    line: first
    meets: [ticket.resolved]
    pauses_on: [waiting_on_customer]
    when_due: {tell: lead, move_to_line: second}
    targets: [{severity: P1, due: 2h}, {severity: P2, due: 8h}]
  - id: late
    when: {line: second}
    meets: [ticket.resolved]
    pauses_on: [waiting_on_customer]
    targets: [{due: 1h, when_due: {tell: manager}}]
"""
)


def test_rule_9_a_fact_that_ends_a_pause_and_moves_the_ticket_enters_its_line() -> None:
    ticket = Scenario(HANDING_OVER_RESOLVES).opened("10:00").fact("11:00", "waiting_on_customer")
    ticket.fact("12:00", "handed_over", line="second").fact("13:00", "reopened").until("16:00")
    assert "14:00 second_level breach" in ticket.raised


def test_rule_12_a_clock_that_an_effect_begins_goes_on_with_the_others() -> None:
    direct = used_up(BEGUN_BY_AN_EFFECT).fact("16:00", "resolved")
    step_by_step = used_up(BEGUN_BY_AN_EFFECT).fact("16:00", "work_started")
    step_by_step.fact("16:00", "resolved")
    assert direct.raised == step_by_step.raised
    assert (
        verdicts(direct)
        == verdicts(step_by_step)
        == {"first_level": "breached", "late": "breached"}
    )
