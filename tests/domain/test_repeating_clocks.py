"""Clocks that repeat, and reminders (15)."""

from datetime import timedelta

import pytest

from tests.domain.scenario import Scenario

UPDATES = """
clocks:
  - id: update
    starts: [ticket.agent_replied]
    meets: [ticket.agent_replied]
    repeats: true
    interval_agreed: true
    targets:
      - {severity: P1, due: 1h, when_due: {tell: lead}}
      - {severity: P2, due: 2h, when_due: {tell: lead}}
"""

REVIEW = """
clocks:
  - id: review
    commitment: reminder
    repeats: true
    targets: [{severity: [P1, P2], ladder: [{after: 1d, tell: agent}]}]
"""

TWO_REMINDED = """
clocks:
  - id: review
    commitment: reminder
    repeats: true
    targets:
      - {severity: P1, ladder: [{after: 1h, tell: agent}]}
      - {severity: P2, ladder: [{after: 1h, tell: agent}, {after: 2h, tell: lead}]}
"""


def replied(*whens: str, severity: str = "P2") -> Scenario:
    ticket = Scenario(UPDATES).opened("10:00", severity=severity)
    for when in whens:
        ticket.fact(when, "agent_replied")
    return ticket


def test_rule_15_each_meeting_fact_starts_a_new_cycle() -> None:
    ticket = replied("10:30", "11:30", "13:00")
    clock = ticket.clock("update")
    assert (clock.state, clock.cycle, clock.due) == ("running", 3, "15:00")
    assert ticket.raised == ["11:30 update met", "13:00 update met"]
    assert ticket.results == [("update", 1, "met"), ("update", 2, "met")]


def test_rule_15_whatever_started_the_first() -> None:
    ticket = Scenario("""
        clocks: [{id: update, meets: ticket.agent_replied, repeats: true, targets: {due: 2h}}]
        """)
    ticket.opened("10:00").fact("11:00", "agent_replied").fact("12:00", "agent_replied")
    clock = ticket.clock("update")
    assert (clock.cycle, clock.due) == (3, "14:00")


def test_rule_15_a_warning_misses_nothing() -> None:
    ticket = Scenario("clocks: [{id: update, repeats: true, targets: {warn: 1h, due: 2h}}]")
    ticket.opened("10:00").until("13:00")
    assert ticket.raised == ["11:00 update warning", "12:00 update breach", "13:00 update warning"]


def test_rule_15_a_missed_cycle_ends_missed_and_the_next_starts_at_its_breach() -> None:
    ticket = replied("10:30").until("15:00")
    assert ticket.raised == [
        "12:30 update breach",
        "12:30 update escalation 1 lead",
        "14:30 update breach",
        "14:30 update escalation 1 lead",
    ]
    assert ticket.results == [("update", 1, "missed"), ("update", 2, "missed")]
    clock = ticket.clock("update")
    assert (clock.cycle, clock.due, clock.breached) == (3, "16:30", None)


def test_rule_15_the_next_starts_at_the_breach_even_where_a_change_made_it_true_late() -> None:
    ticket = replied("10:30").fact("12:00", "severity_changed", severity="P1").until("12:00")
    assert ticket.raised == ["12:00 update breach", "12:00 update escalation 1 lead"]
    assert ticket.events[0].target_at == ticket.at("11:30")
    assert ticket.clock("update").due == "13:00"


@pytest.mark.parametrize("fact", ["resolved", "closed", "cancelled"])
def test_rule_15_it_ends_with_the_work_and_that_cycle_is_cancelled(fact: str) -> None:
    ticket = replied("10:30").fact("11:00", fact).until("Tue 10:00")
    assert ticket.clock("update").state == "cancelled"
    assert ticket.results == [("update", 1, "cancelled")]
    assert ticket.raised == []


def test_rule_15_even_where_it_lists_resolving() -> None:
    ticket = Scenario("""
        clocks: [{id: update, meets: [ticket.resolved], repeats: true, targets: {due: 2h}}]
        """)
    ticket.opened("10:00").fact("11:00", "resolved").until("Tue 10:00")
    assert (ticket.results, ticket.raised) == ([("update", 1, "cancelled")], [])


def test_rule_15_reopening_starts_it_afresh() -> None:
    ticket = replied("10:30").fact("11:00", "resolved").fact("15:00", "reopened")
    clock = ticket.clock("update")
    assert (clock.state, clock.cycle, clock.due) == ("running", 2, "17:00")


def test_rule_15_unless_it_had_never_started() -> None:
    ticket = replied().fact("11:00", "resolved").fact("15:00", "reopened")
    assert ticket.clock("update").state == "pending"


def test_rule_15_after_100_misses_in_a_row_it_rests() -> None:
    ticket = replied("10:30").until("2026-03-01 00:00")
    assert len(ticket.results) == 100
    assert ticket.clock("update").state == "missed"
    assert ticket.next_mark is None


def test_rule_15_and_the_next_fact_wakes_it() -> None:
    ticket = replied("10:30").until("2026-03-01 00:00").fact("2026-03-01 12:00", "customer_replied")
    clock = ticket.clock("update")
    assert (clock.state, clock.cycle, clock.due) == ("running", 101, "2026-03-01 14:00")


def test_rule_15_if_that_is_a_reply_it_starts_one_cycle_not_two() -> None:
    ticket = replied("10:30").until("2026-03-01 00:00").fact("2026-03-01 12:00", "agent_replied")
    assert ticket.clock("update").cycle == 101


def test_rule_15_misses_count_in_a_row() -> None:
    ticket = replied("10:30").until("Sat 10:00")
    misses = ticket.ticket.clocks["update"].misses
    ticket.fact("Sat 10:00", "agent_replied").until("2026-03-01 00:00")
    met = sum(result == "met" for _, _, result in ticket.results)
    assert (len(ticket.results), met) == (misses + 1 + 100, 1)


def test_rule_15_resting_through_the_resolution_it_starts_afresh_on_reopening() -> None:
    ticket = replied("10:30").until("2026-03-01 00:00").fact("2026-03-01 12:00", "resolved")
    assert ticket.clock("update").cycle == 100
    ticket.fact("2026-03-01 13:00", "reopened")
    assert ticket.clock("update").due == "2026-03-01 15:00"


def test_an_agreed_interval_recomputes_the_running_cycle_from_its_start() -> None:
    ticket = replied("10:30").fact("11:00", "update_interval_agreed", every="5h")
    clock = ticket.clock("update")
    assert (clock.goal, clock.due) == ("5h", "15:30")
    assert ticket.until("15:30").told == [("15:30", "lead")]


def test_an_agreed_interval_leaves_warnings_and_other_clocks_alone() -> None:
    ticket = Scenario("""
        clocks:
          - {id: response, targets: {due: 2h}}
          - {id: update, repeats: true, interval_agreed: true, targets: {warn: 1h, due: 2h}}
        """)
    ticket.opened("10:00").fact("10:30", "update_interval_agreed", every="5h")
    assert ticket.clock("response").due == "12:00"
    clock = ticket.clock("update")
    assert (clock.warn, clock.due) == ("11:00", "15:00")


@pytest.mark.parametrize("every", ["1m", "1bd", "eobd+1"])
def test_the_shortest_intervals_that_can_be_agreed(every: str) -> None:
    ticket = replied("10:30").fact("10:30", "update_interval_agreed", every=every)
    assert ticket.clock("update").goal == every


def test_an_agreed_interval_already_past_is_missed_at_the_agreement() -> None:
    ticket = replied("10:30").fact("12:00", "update_interval_agreed", every="30m").until("12:00")
    assert ticket.raised == ["12:00 update breach", "12:00 update escalation 1 lead"]
    assert ticket.clock("update").due == "12:30"


def test_an_agreed_interval_holds_over_cycles_severities_and_reopening() -> None:
    ticket = replied().fact("10:10", "update_interval_agreed", every="5h")
    ticket.fact("10:30", "agent_replied").fact("11:00", "severity_changed", severity="P1")
    assert ticket.clock("update").due == "15:30"
    ticket.fact("12:00", "resolved").fact("13:00", "reopened")
    clock = ticket.clock("update")
    assert (clock.goal, clock.due) == ("5h", "18:00")


def test_a_repeating_clock_pauses_like_any_other() -> None:
    ticket = Scenario(UPDATES.replace("repeats:", "pauses_on: [waiting_on_customer]\n    repeats:"))
    ticket.opened("10:00").fact("10:30", "agent_replied").fact("11:00", "waiting_on_customer")
    assert ticket.until("20:00").raised == []
    assert ticket.fact("20:00", "customer_replied").clock("update").due == "21:30"


def test_rule_15_a_repeating_clock_whose_condition_fails_on_reopening_waits_for_it() -> None:
    ticket = Scenario(UPDATES.replace("repeats:", "when: {kind: problem}\n    repeats:"))
    ticket.opened("10:00", kind="problem").fact("10:30", "agent_replied").fact("11:00", "resolved")
    ticket.fact("11:30", "updated", kind="question").fact("12:00", "reopened")
    assert ticket.results == [("update", 1, "cancelled")]
    ticket.fact("12:30", "updated", kind="problem")
    clock = ticket.clock("update")
    assert (clock.cycle, clock.due) == (2, "14:00")


def test_rule_15_a_reminder_repeats_without_end_or_verdict() -> None:
    ticket = Scenario(REVIEW).opened("10:00").until("Thu 12:00")
    assert ticket.told == [("Tue 10:00", "agent"), ("Wed 10:00", "agent"), ("Thu 10:00", "agent")]
    assert {each.type for each in ticket.events} == {"sla.escalated"}
    assert ticket.results == [("review", cycle, "met") for cycle in (1, 2, 3)]


def test_rule_15_a_reminder_never_rests() -> None:
    ticket = Scenario(REVIEW).opened("10:00").until("2026-06-01 00:00")
    assert len(ticket.told) == (ticket.at("2026-06-01 00:00") - ticket.at("10:00")) // timedelta(1)


def test_rule_15_a_reminder_ends_with_the_work_and_starts_afresh_with_it() -> None:
    ticket = Scenario(REVIEW).opened("10:00").fact("Tue 09:00", "resolved").until("Wed 12:00")
    assert ticket.told == []
    ticket.fact("Wed 12:00", "reopened").until("Thu 12:00")
    assert ticket.told == [("Thu 12:00", "agent")]


def test_rule_15_a_reminder_of_two_roles_repeats_when_both_were_told() -> None:
    ticket = Scenario(TWO_REMINDED).opened("10:00").until("13:00")
    assert ticket.told == [("11:00", "agent"), ("12:00", "lead"), ("13:00", "agent")]


def test_rule_15_a_reminder_whose_roles_have_all_been_told_by_a_change_goes_on_from_there() -> None:
    ticket = Scenario(TWO_REMINDED).opened("10:00").fact("11:30", "severity_changed", severity="P1")
    assert ticket.until("13:00").told == [("11:00", "agent"), ("12:30", "agent")]


def test_rule_20_no_drift() -> None:
    """Each cycle starts at the target of the one before, however late it was raised."""
    ticket = replied("10:30").until("13:17").until("14:59").until("16:30")
    assert [when for when, _ in ticket.told] == ["12:30", "14:30", "16:30"]


def test_a_reminder_that_is_paused_half_way_goes_on_where_it_was() -> None:
    ticket = Scenario(TWO_REMINDED.replace("repeats:", "pauses_on: [in_progress]\n    repeats:"))
    ticket.opened("10:00").until("11:00").fact("11:30", "work_started")
    ticket.fact("12:30", "customer_replied").until("13:00")
    assert ticket.told == [("11:00", "agent"), ("13:00", "lead")]
    assert ticket.results == [("review", 1, "met")]


def test_a_reminder_of_nobody_does_not_repeat() -> None:
    ticket = Scenario(REVIEW).opened("10:00", severity="P3").fact("11:00", "agent_replied")
    ticket.fact("12:00", "waiting_on_customer")
    assert ticket.until("Fri 10:00").results == []
    ticket.fact("Fri 10:00", "severity_changed", severity="P2").until("Fri 10:00")
    assert ticket.told == [("Fri 10:00", "agent")]
