"""Who had a ticket during a cycle, and what the cycle counts as (35)."""

from datetime import timedelta

import pytest
from hypothesis import given

from app.domain.derive import derive
from app.domain.events import Fact
from app.domain.holding import Holding
from app.domain.policy import Policy
from app.domain.verdicts import Outcome
from tests.domain.scenario import Scenario
from tests.domain.stories import END, stories

LINES = """
    lines: [first, second]
    opening_line: first
    clocks:
      - id: resolution
        meets: [ticket.resolved]
        pauses_on: [waiting_on_customer]
        calendar: business
        targets: [{severity: [P1, P2], due: 4h, when_due: {tell: manager, move_to_line: second}}]
"""
MINUTE = 60


def outcome(story: Scenario, cycle: int = 1, clock: str = "resolution") -> Outcome:
    return story.judge.verdicts.outcomes[clock, cycle]


def held(
    story: Scenario, cycle: int = 1, clock: str = "resolution"
) -> tuple[dict[str, float], float]:
    """Minutes by line, and those on the customer."""
    lines, on_the_customer = outcome(story, cycle, clock).holding
    return {str(line): seconds / MINUTE for line, seconds in lines}, on_the_customer / MINUTE


def test_a_line_that_has_a_ticket_all_the_time_has_all_of_its_open_time() -> None:
    story = Scenario(LINES).opened("10:00").fact("11:30", "resolved")
    assert held(story) == ({"first": 90}, 0)


def test_open_time_is_divided_between_the_lines_that_had_the_ticket() -> None:
    """Closed hours are nobody's, and a ticket that comes back adds to what the line had before."""
    story = Scenario(LINES).opened("15:00").fact("16:00", "handed_over", line="second")
    story.fact("Tue 10:00", "handed_over", line="first").fact("Tue 10:30", "resolved")
    assert held(story) == ({"first": 90, "second": 120}, 0)
    assert outcome(story).ending.elapsed_seconds == 210 * MINUTE


def test_waiting_on_the_customer_is_no_lines_time_and_counts_by_the_wall_clock() -> None:
    story = Scenario(LINES).opened("15:00").fact("16:00", "waiting_on_customer")
    story.fact("16:30", "handed_over", line="second")
    story.fact("Tue 09:30", "customer_replied").fact("Tue 10:00", "resolved")
    assert held(story) == ({"first": 60, "second": 30}, 17.5 * 60)


def test_a_ticket_that_is_resolved_while_it_waits_has_waited_up_to_then() -> None:
    story = Scenario(LINES).opened("10:00").fact("10:40", "waiting_on_customer")
    story.fact("11:00", "resolved")
    assert held(story) == ({"first": 40}, 20)


def test_a_deadline_that_moves_the_ticket_divides_the_time_there() -> None:
    story = Scenario(LINES).opened("10:00").fact("16:00", "resolved")
    assert held(story) == ({"first": 240, "second": 120}, 0)
    assert outcome(story).verdict == "breached"


def test_a_cycle_that_leaving_its_line_ends_was_that_lines() -> None:
    """Though the ticket is on another one when it ends."""
    story = Scenario("""
        lines: [first, second]
        opening_line: first
        clocks: [{id: first_level, line: first, targets: [{due: 2h}]}]
    """)
    story.opened("10:00").fact("11:00", "handed_over", line="second")
    assert outcome(story, clock="first_level").line == "first"
    assert held(story, clock="first_level") == ({"first": 60}, 0)


def test_what_lies_between_resolving_and_reopening_is_nobodys() -> None:
    story = Scenario(LINES).opened("10:00").fact("11:00", "resolved")
    story.fact("12:00", "handed_over", line="second").fact("13:00", "reopened")
    story.fact("13:30", "resolved")
    assert held(story) == ({"first": 60, "second": 30}, 0)


def test_a_later_cycle_has_only_its_own_part() -> None:
    story = Scenario("""
        lines: [first, second]
        opening_line: first
        clocks:
          - id: update
            repeats: true
            meets: [ticket.agent_replied]
            targets: [{due: 8h}]
    """)
    story.opened("10:00").fact("10:20", "waiting_on_customer").fact("11:00", "agent_replied")
    story.fact("11:10", "handed_over", line="second").fact("11:30", "customer_replied")
    story.fact("12:00", "agent_replied")
    assert held(story, 1, "update") == ({"first": 60}, 40)
    assert held(story, 2, "update") == ({"first": 10, "second": 50}, 30)


def test_without_a_target_there_is_no_open_time_to_divide() -> None:
    story = Scenario(LINES).opened("10:00", severity="P3").fact("12:00", "resolved")
    assert outcome(story).holding == Holding((), 0.0)
    assert outcome(story).verdict is None


@pytest.mark.parametrize(
    ("until", "end", "verdict"),
    [
        ("13:00", "resolved", "met"),
        ("14:00", "resolved", "met"),
        ("14:00:01", "resolved", "breached"),
        ("13:00", "cancelled", None),
        ("16:00", "cancelled", None),
    ],
)
def test_rule_35_met_in_time_or_breached_unless_the_ticket_is_cancelled(
    until: str, end: str, verdict: str | None
) -> None:
    data = {"reason": "spam"} if end == "cancelled" else {}
    story = Scenario(LINES).opened("10:00").fact(until, end, **data)
    assert outcome(story).verdict == verdict


ANSWER = """
    clocks:
      - id: answer
        when: {kind: {not: question}}
        meets: [ticket.agent_replied]
        targets: [{due: 1h}]
"""


@pytest.mark.parametrize(("when", "verdict"), [("10:30", None), ("11:30", "breached")])
def test_rule_35_a_breached_cycle_counts_however_it_ends(when: str, verdict: str | None) -> None:
    for end, data in (("closed", {}), ("updated", {"kind": "question"})):
        story = Scenario(ANSWER).opened("10:00").fact(when, end, **data)
        found = outcome(story, clock="answer")
        assert (found.result, found.verdict) == ("cancelled", verdict)


def test_rule_35_reminders_and_ladders_without_a_promise_are_left_out() -> None:
    story = Scenario("""
        clocks:
          - {id: review, commitment: reminder, repeats: true,
             targets: [{ladder: [{after: 1h, tell: lead}]}]}
          - {id: silence, meets: [ticket.resolved], targets: [{ladder: [{after: 1h, tell: lead}]}]}
    """)
    story.opened("10:00").fact("11:30", "resolved")
    assert outcome(story, clock="review").result == "met"
    assert outcome(story, clock="silence").result == "met"
    assert {each.verdict for each in story.judge.verdicts.outcomes.values()} == {None}


def test_rule_35_a_missed_cycle_of_a_repeating_clock_is_breached() -> None:
    story = Scenario("""
        clocks: [{id: update, repeats: true, meets: [ticket.agent_replied], targets: [{due: 1h}]}]
    """)
    story.opened("10:00").fact("11:10", "agent_replied")
    assert outcome(story, 1, "update").verdict == "breached"
    assert outcome(story, 2, "update").verdict == "met"


@given(story=stories())
def test_the_lines_time_is_the_elapsed_time_to_the_microsecond(
    story: tuple[Policy, list[Fact]],
) -> None:
    rules, facts = story
    for each in derive(facts, rules, END).judge.verdicts.outcomes.values():
        lines, on_the_customer = each.holding
        assert len({line for line, _ in lines}) == len(lines)
        assert all(seconds > 0 for _, seconds in lines)
        divided = sum((timedelta(seconds=seconds) for _, seconds in lines), timedelta(0))
        assert divided == timedelta(seconds=each.ending.elapsed_seconds)
        assert 0 <= on_the_customer <= (each.ending.at - each.started_at).total_seconds()


def test_a_cycle_of_a_lines_clock_counts_for_that_line_though_its_breach_moves_the_ticket() -> None:
    story = Scenario("""
        lines: [first, second]
        opening_line: first
        clocks:
          - id: resolution
            line: first
            meets: [ticket.resolved]
            targets: [{due: 4h, when_due: {tell: manager, move_to_line: second}}]
    """)
    story.opened("10:00").until("15:00")
    assert (story.ticket.line, outcome(story).line) == ("second", "first")
    assert outcome(story).verdict == "breached"
    assert held(story) == ({"first": 240}, 0)
