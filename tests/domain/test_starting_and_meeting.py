"""What starts a clock and what meets it (9, 14)."""

import pytest

from tests.domain.scenario import Scenario

RESPONSE = """
clocks:
  - id: response
    meets: [ticket.agent_replied, ticket.resolved, ticket.closed]
    targets: [{due: 2h}]
"""

DELIVERY = """
clocks:
  - id: delivery
    starts: {fact: ticket.milestone_reached, if: {fact.milestone: diagnosed}}
    meets: {fact: ticket.milestone_reached, if: {fact.milestone: delivered}}
    targets: [{due: 4h}]
"""

PROBLEMS_ONLY = """
clocks:
  - id: response
    when: {kind: problem}
    meets: [ticket.agent_replied]
    pauses_on: [waiting_on_customer]
    targets: [{due: 2h}]
"""

SILENCE = """
clocks:
  - id: silence
    starts: [ticket.waiting_on_customer]
    when: {status: waiting_on_customer}
    targets: [{ladder: [{after: 5d, tell: agent}]}]
"""

LINES = """
lines: [first, second]
opening_line: first
clocks:
  - id: first_level
    line: first
    meets: [ticket.resolved]
    targets: [{due: 4h}]
  - id: second_level
    line: second
    meets: [ticket.resolved]
    targets: [{due: 8h}]
"""


def test_rule_9_a_clock_starts_with_the_opening_unless_it_says_otherwise() -> None:
    clock = Scenario(RESPONSE).opened("10:00").clock("response")
    assert (clock.state, clock.cycle, clock.goal, clock.due) == ("running", 1, "2h", "12:00")


def test_rule_9_a_met_cycle_says_so_with_the_time_of_the_fact() -> None:
    ticket = Scenario(RESPONSE).opened("10:00").fact("11:30", "agent_replied").until("15:00")
    assert ticket.raised == ["11:30 response met"]
    assert ticket.clock("response").state == "met"
    met = ticket.events[0]
    assert (met.role, met.target_at, met.data["breached"]) == (None, ticket.at("12:00"), False)


def test_rule_9_a_late_answer_meets_the_clock_all_the_same_and_it_stays_breached() -> None:
    ticket = Scenario(RESPONSE).opened("10:00").fact("13:00", "agent_replied")
    assert ticket.raised == ["12:00 response breach", "13:00 response met"]
    assert ticket.clock("response").breached == "12:00"
    assert ticket.events[1].data["breached"] is True
    assert ticket.results == [("response", 1, "met")]


@pytest.mark.parametrize("fact", ["resolved", "closed"])
def test_rule_14_resolving_or_closing_unresolved_is_a_first_response(fact: str) -> None:
    ticket = Scenario(RESPONSE).opened("10:00").fact("11:00", fact)
    assert ticket.raised == ["11:00 response met"]


def test_rule_14_an_internal_note_never_counts() -> None:
    ticket = Scenario(RESPONSE).opened("10:00").fact("11:00", "agent_replied", public=False)
    assert ticket.until("12:00").raised == ["12:00 response breach"]
    assert ticket.ticket.status == "new"


def test_rule_14_nor_does_an_internal_note_start_a_clock() -> None:
    ticket = Scenario("""
        clocks:
          - id: update
            starts: [ticket.agent_replied]
            targets: [{due: 1h}]
        """)
    ticket.opened("10:00").fact("11:00", "agent_replied", public=False)
    assert ticket.clock("update").state == "pending"


def test_rule_14_the_opening_itself_does_not_answer() -> None:
    ticket = Scenario("""
        clocks:
          - id: response
            meets: [ticket.opened, ticket.agent_replied]
            targets: [{due: 1h}]
        """)
    assert ticket.opened("10:00").clock("response").state == "running"


def test_rule_9_a_clock_waits_for_its_start_fact_and_shows_its_goal_meanwhile() -> None:
    ticket = Scenario(DELIVERY).opened("10:00").fact("11:00", "milestone_reached", milestone="else")
    clock = ticket.clock("delivery")
    assert (clock.state, clock.cycle, clock.goal, clock.due) == ("pending", 0, "4h", None)
    ticket.fact("12:00", "milestone_reached", milestone="diagnosed")
    assert ticket.clock("delivery").due == "16:00"


def test_rule_9_a_start_fact_is_ignored_while_a_cycle_runs_and_begins_a_new_one_after_it() -> None:
    ticket = Scenario(DELIVERY).opened("10:00")
    ticket.fact("12:00", "milestone_reached", milestone="diagnosed")
    ticket.fact("13:00", "milestone_reached", milestone="diagnosed")
    assert ticket.clock("delivery").due == "16:00"
    ticket.fact("14:00", "milestone_reached", milestone="delivered")
    ticket.fact("15:00", "milestone_reached", milestone="diagnosed")
    clock = ticket.clock("delivery")
    assert (clock.state, clock.cycle, clock.due) == ("running", 2, "19:00")


def test_rule_9_when_is_judged_at_every_fact() -> None:
    ticket = Scenario(PROBLEMS_ONLY).opened("10:00", kind="question")
    assert ticket.clock("response").state == "pending"
    ticket.fact("10:30", "updated", kind="problem")
    assert ticket.clock("response").due == "12:00"
    ticket.fact("11:00", "updated", kind="question")
    assert ticket.clock("response").state == "cancelled"
    assert ticket.until("Tue 10:00").raised == []


def test_rule_9_become_true_again_it_counts_from_its_original_start_in_a_new_cycle() -> None:
    ticket = Scenario(PROBLEMS_ONLY).opened("10:00", kind="problem")
    ticket.fact("10:30", "updated", kind="question").fact("11:30", "updated", kind="problem")
    clock = ticket.clock("response")
    assert (clock.state, clock.cycle, clock.due, clock.remaining) == ("running", 2, "12:00", 30)
    assert ticket.results == [("response", 1, "cancelled")]


def test_rule_9_what_is_past_by_then_is_reached_then() -> None:
    ticket = Scenario(PROBLEMS_ONLY).opened("10:00", kind="question")
    ticket.fact("14:00", "updated", kind="problem").until("14:00")
    assert ticket.raised == ["14:00 response breach"]
    assert ticket.events[0].target_at == ticket.at("12:00")


def test_rule_9_a_pause_counts_as_one_though_the_condition_failed_meanwhile() -> None:
    ticket = Scenario(PROBLEMS_ONLY).opened("10:00", kind="question")
    ticket.fact("10:30", "waiting_on_customer").fact("11:30", "customer_replied")
    ticket.fact("11:45", "updated", kind="problem")
    clock = ticket.clock("response")
    assert (clock.due, clock.paused, clock.elapsed) == ("13:00", 60, 45)


def test_rules_9_14_what_met_it_while_the_condition_failed_counts_once_it_holds() -> None:
    ticket = Scenario(PROBLEMS_ONLY).opened("10:00", kind="question").fact("10:30", "agent_replied")
    assert ticket.clock("response").state == "pending"
    ticket.fact("11:00", "updated", kind="problem").until("15:00")
    clock = ticket.clock("response")
    assert (clock.state, clock.due, clock.elapsed) == ("met", "12:00", 30)
    assert ticket.raised == ["10:30 response met"]


def test_rules_9_14_what_was_due_before_it_was_met_is_breached() -> None:
    ticket = Scenario(PROBLEMS_ONLY).opened("10:00", kind="question").fact("12:30", "agent_replied")
    ticket.fact("13:00", "updated", kind="problem")
    assert ticket.raised == ["13:00 response breach", "12:30 response met"]
    assert ticket.clock("response").elapsed == 150


def test_rules_9_14_only_since_its_start_and_only_the_first_time() -> None:
    ticket = Scenario(SILENCE.replace("starts:", "meets: [ticket.assigned]\n    starts:"))
    ticket.opened("10:00").fact("10:30", "assigned").fact("12:00", "waiting_on_customer")
    assert ticket.clock("silence").state == "running"


def test_rule_9_a_later_start_fact_is_a_new_start() -> None:
    """The silence that was broken on Tuesday does not count against the one that begins then."""
    ticket = Scenario(SILENCE).opened("10:00").fact("12:00", "waiting_on_customer")
    ticket.fact("Tue 12:00", "customer_replied")
    assert ticket.clock("silence").state == "cancelled"
    ticket.fact("Wed 12:00", "waiting_on_customer")
    assert ticket.next_mark == "2026-01-12 12:00 silence escalation 1 agent"


def test_rule_9_a_condition_of_what_meets_is_judged_at_the_fact_by_the_severity_then() -> None:
    ticket = Scenario("""
        clocks:
          - id: response
            meets:
              - {fact: ticket.agent_replied, if: {severity: P1, fact.channel: phone}}
              - {fact: ticket.agent_replied, if: {severity: {not: P1}}}
            targets: [{due: 2h}]
        """)
    ticket.opened("10:00", severity="P1").fact("10:10", "agent_replied", channel="email")
    assert ticket.clock("response").state == "running"
    ticket.fact("10:20", "severity_changed", severity="P2").fact("10:30", "agent_replied")
    assert ticket.raised == ["10:30 response met"]


def test_rule_9_a_clock_on_a_line_runs_only_while_the_ticket_is_there() -> None:
    ticket = Scenario(LINES).opened("10:00")
    assert ticket.clock("first_level").due == "14:00"
    assert ticket.clock("second_level").state == "pending"
    ticket.fact("11:00", "handed_over", line="second")
    assert ticket.clock("first_level").state == "cancelled"
    assert ticket.clock("second_level").due == "19:00"


def test_rule_9_coming_back_to_a_line_starts_a_new_cycle() -> None:
    ticket = Scenario(LINES).opened("10:00").fact("11:00", "handed_over", line="second")
    ticket.fact("12:00", "handed_over", line="first")
    clock = ticket.clock("first_level")
    assert (clock.cycle, clock.due) == (2, "16:00")


def test_rule_9_handing_over_to_the_line_it_is_on_changes_nothing() -> None:
    ticket = Scenario(LINES).opened("10:00").fact("11:00", "handed_over", line="first")
    clock = ticket.clock("first_level")
    assert (clock.cycle, clock.due) == (1, "14:00")


def test_rule_9_a_ticket_may_open_on_another_line() -> None:
    ticket = Scenario(LINES).opened("10:00", line="second")
    assert ticket.clock("first_level").state == "pending"
    assert ticket.clock("second_level").due == "18:00"


def test_rule_9_a_clock_on_no_line_runs_on_all_of_them() -> None:
    ticket = Scenario(PROBLEMS_ONLY + "lines: [first]\nopening_line: first\n")
    assert ticket.opened("10:00", kind="problem").clock("response").state == "running"


def test_rule_9_on_a_line_and_under_a_condition() -> None:
    ticket = Scenario(
        LINES.replace("    line: first\n", "    line: first\n    when: {kind: problem}\n")
    )
    ticket.opened("10:00", kind="problem").fact("10:30", "updated", kind="question")
    ticket.fact("11:00", "handed_over", line="second").fact("12:00", "updated", kind="problem")
    assert ticket.clock("first_level").state == "cancelled"
    ticket.fact("13:00", "handed_over", line="first")
    clock = ticket.clock("first_level")
    assert (clock.state, clock.due) == ("running", "17:00")


@pytest.mark.parametrize("row", ["{severity: P1, due: 1h}", "{calendar: business}"])
def test_rule_9_meeting_a_cycle_without_marks_says_nothing(row: str) -> None:
    ticket = Scenario(f"""
        clocks:
          - id: response
            meets: [ticket.agent_replied]
            targets: [{row}]
        """)
    ticket.opened("10:00", severity="P3").fact("11:00", "agent_replied")
    clock = ticket.clock("response")
    assert (clock.state, clock.goal, clock.due) == ("met", None, None)
    assert ticket.raised == []
