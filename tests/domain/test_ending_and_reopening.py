"""The end of the work, and its reopening (16, 17, 36)."""

import pytest

from app.domain.events import SLA_MET, SLA_RETRACTED
from tests.domain.scenario import Scenario

SUPPORT = """
resolves: [ticket.workaround_provided]
clocks:
  - id: response
    meets: [ticket.agent_replied, ticket.resolved, ticket.closed]
    targets: [{severity: [P1, P2], due: 1h}]
  - id: resolution
    meets: [ticket.resolved, ticket.closed]
    targets:
      - severity: [P1, P2]
        due: 8h
        ladder: [{after: 1h, tell: lead}, {after: 4h, tell: manager}]
  - id: review
    starts: [ticket.agent_replied]
    targets: [{due: 3d}]
  - id: delivery
    starts: {fact: ticket.milestone_reached, if: {fact.milestone: diagnosed}}
    meets: {fact: ticket.milestone_reached, if: {fact.milestone: delivered}}
    outlives_resolution: true
    targets: [{due: 2d}]
"""

PLAN_RESOLVES = """
clocks:
  - id: resolution
    meets:
      - ticket.resolved
      - {fact: ticket.milestone_reached, if: {fact.milestone: resolution_plan_delivered}}
    {more}
    targets: [{due: 8h}]
"""


def opened() -> Scenario:
    return Scenario(SUPPORT).opened("10:00")


def test_rule_16_resolving_meets_what_lists_it_and_cancels_the_rest() -> None:
    ticket = opened().fact("10:30", "agent_replied").fact("12:00", "resolved")
    assert ticket.results == [
        ("response", 1, "met"),
        ("resolution", 1, "met"),
        ("review", 1, "cancelled"),
    ]


def test_rule_16_no_mark_comes_after_it() -> None:
    ticket = opened().fact("10:30", "agent_replied").fact("12:00", "resolved").until("Fri 10:00")
    assert ticket.told == [("11:00", "lead")]
    assert ticket.next_mark is None


def test_rule_16_what_outlives_the_resolution_goes_on_and_may_start_after_it() -> None:
    ticket = opened().fact("11:00", "resolved")
    ticket.fact("12:00", "milestone_reached", milestone="diagnosed").fact("13:00", "closed")
    assert ticket.clock("delivery").due == "Wed 12:00"
    assert "Wed 12:00 delivery breach" in ticket.until("Thu 12:00").raised


def test_rule_16_no_other_cycle_starts_while_the_work_is_over() -> None:
    ticket = opened().fact("11:00", "resolved").fact("12:00", "agent_replied")
    assert ticket.clock("review").state == "pending"
    assert ticket.fact("13:00", "reopened").clock("review").state == "pending"


def test_rule_16_cancelling_ends_every_clock() -> None:
    ticket = opened().fact("10:10", "milestone_reached", milestone="diagnosed")
    ticket.fact("10:30", "cancelled", reason="spam").until("Fri 10:00")
    assert [result for _, _, result in ticket.results] == ["cancelled"] * 3
    assert ticket.raised == []


def test_rule_16_after_cancelling_nothing_has_an_effect() -> None:
    ticket = opened().fact("10:30", "cancelled", reason="spam")
    for fact in ("reopened", "agent_replied", "work_started", "resolved", "closed"):
        ticket.fact("11:00", fact)
    ticket.fact("11:00", "severity_changed", severity="P1").fact("11:00", "escalated", to="lead")
    ticket.fact("11:00", "milestone_reached", milestone="diagnosed").until("Fri 10:00")
    assert (ticket.ticket.status, ticket.ticket.severity, ticket.raised) == ("cancelled", "P2", [])


def test_rule_16_cancelling_meets_nothing_even_where_a_policy_lists_it() -> None:
    ticket = Scenario("""
        clocks:
          - id: response
            meets: [ticket.cancelled]
            targets: [{due: 1h}]
        """)
    ticket.opened("10:00").fact("10:30", "cancelled", reason="spam")
    assert (ticket.results, ticket.raised) == ([("response", 1, "cancelled")], [])


def test_rule_16_nor_does_it_start_anything() -> None:
    ticket = Scenario("""
        clocks:
          - id: a
            starts: [ticket.cancelled, ticket.reopened]
            outlives_resolution: true
            targets: {due: 1h}
        """)
    ticket.opened("10:00").fact("10:30", "cancelled", reason="spam")
    assert ticket.clock("a").state == "pending"


def test_rule_16_what_outlives_the_resolution_may_pause_in_it() -> None:
    ticket = Scenario("""
        clocks:
          - {id: a, pauses_on: resolved, outlives_resolution: true, targets: {due: 4h}}
        """)
    ticket.opened("10:00").fact("11:00", "resolved").fact("13:00", "reopened")
    clock = ticket.clock("a")
    assert (clock.state, clock.due, clock.paused) == ("running", "16:00", 120)


def test_rule_16_a_repeated_resolved_is_recorded_and_changes_nothing() -> None:
    ticket = opened().fact("12:00", "resolved").fact("13:00", "resolved").fact("14:00", "closed")
    assert len(ticket.results) == 2
    assert ticket.ending("resolution").at == ticket.at("12:00")


def test_rule_17_reopening_resumes_the_same_cycle_and_the_gap_does_not_count() -> None:
    ticket = opened().fact("12:00", "resolved").fact("15:00", "reopened")
    clock = ticket.clock("resolution")
    assert (clock.state, clock.cycle, clock.due) == ("running", 1, "21:00")
    assert (clock.elapsed, clock.remaining, clock.paused) == (120, 360, 180)


def test_rule_17_marks_raised_are_not_raised_again_the_others_later() -> None:
    ticket = opened().fact("12:00", "resolved").fact("15:00", "reopened").until("18:00")
    assert ticket.told == [("11:00", "lead"), ("17:00", "manager")]


def test_rule_17_the_meeting_is_retracted_and_its_outcome_withdrawn() -> None:
    ticket = opened().fact("10:30", "agent_replied").fact("12:00", "resolved")
    met = next(each for each in ticket.events if each.type == SLA_MET and each.clock != "response")
    ticket.fact("15:00", "reopened")
    retracted = ticket.events[-1]
    assert (retracted.type, retracted.retracts, retracted.cause) == (
        SLA_RETRACTED,
        met.id,
        "fact-4",
    )
    assert (retracted.clock, retracted.role) == ("resolution", None)
    assert ("resolution", 1, "met") not in ticket.results
    assert ticket.judge.verdicts.withdrawn == {("resolution", 1)}


def test_rule_17_met_again_it_has_a_new_id_and_an_outcome() -> None:
    ticket = opened().fact("12:00", "resolved").fact("15:00", "reopened").fact("16:00", "resolved")
    mets = [each for each in ticket.events if each.type == SLA_MET and each.clock == "resolution"]
    assert mets[0].id != mets[1].id
    assert ticket.judge.verdicts.withdrawn == set()
    assert ticket.ending("resolution").elapsed_seconds == 3 * 3600


def test_rule_17_a_first_response_by_a_reply_stays_met() -> None:
    ticket = opened().fact("10:30", "agent_replied").fact("12:00", "resolved")
    assert ticket.fact("15:00", "reopened").clock("response").state == "met"


def test_rule_17_a_first_response_by_resolving_is_resumed() -> None:
    """Nobody has answered yet, and the work goes on: the literal reading."""
    ticket = opened().fact("10:30", "resolved").fact("15:00", "reopened")
    clock = ticket.clock("response")
    assert (clock.state, clock.due) == ("running", "15:30")


def test_rule_17_the_gap_begins_where_the_cycle_ended_not_where_it_was_closed() -> None:
    ticket = opened().fact("12:00", "resolved").fact("14:00", "closed").fact("15:00", "reopened")
    assert ticket.clock("resolution").paused == 180


def test_rule_17_a_breached_cycle_stays_breached() -> None:
    ticket = opened().fact("19:00", "resolved").fact("20:00", "reopened").until("Tue 10:00")
    assert ticket.clock("resolution").breached == "18:00"
    assert sum("resolution breach" in line for line in ticket.raised) == 1


def test_rule_17_reopening_again_adds_another_gap() -> None:
    ticket = opened().fact("11:00", "resolved").fact("12:00", "reopened")
    ticket.fact("13:00", "closed").fact("15:00", "reopened")
    clock = ticket.clock("resolution")
    assert (clock.due, clock.paused) == ("21:00", 180)
    assert ticket.ticket.retractions == {"response/1/met": 2, "resolution/1/met": 2}
    ids = [each.retracts for each in ticket.events if each.type == SLA_RETRACTED]
    assert len(ids) == len(set(ids)) == 4


def test_rule_17_pauses_and_gaps_that_touch_count_once() -> None:
    ticket = Scenario(
        SUPPORT.replace(
            "- id: resolution\n", "- id: resolution\n    pauses_on: [waiting_on_customer]\n"
        )
    )
    ticket.opened("10:00").fact("11:00", "waiting_on_customer").fact("12:00", "resolved")
    ticket.fact("14:00", "reopened")
    clock = ticket.clock("resolution")
    assert (clock.due, clock.paused, clock.elapsed) == ("21:00", 180, 60)


def test_rule_17_a_severity_changed_in_between_counts_from_the_reopening() -> None:
    """Met at P2, which has marks, and reopened at P3, which has none: retracted all the same."""
    ticket = opened().fact("12:00", "resolved").fact("13:00", "severity_changed", severity="P3")
    ticket.fact("15:00", "reopened")
    assert "15:00 resolution met retracted" in ticket.raised
    assert ticket.clock("resolution").goal is None


def test_rule_17_what_was_never_said_is_not_retracted() -> None:
    ticket = Scenario(SUPPORT).opened("10:00", severity="P3").fact("12:00", "resolved")
    ticket.fact("13:00", "severity_changed", severity="P2").fact("15:00", "reopened").until("15:00")
    assert ticket.raised == ["15:00 response breach", "15:00 resolution escalation 1 lead"]


def test_rule_17_a_workaround_that_the_policy_counts_as_resolving_is_taken_back() -> None:
    ticket = opened().fact("12:00", "workaround_provided")
    assert ticket.ticket.status == "resolved"
    assert ticket.fact("13:00", "reopened").clock("resolution").due == "19:00"


def test_rule_17_so_is_any_fact_that_the_policy_counts_as_resolving() -> None:
    ticket = Scenario(
        SUPPORT.replace(
            "[ticket.workaround_provided]",
            "{fact: ticket.agent_replied, if: {fact.final: true}}",
        )
    )
    ticket.opened("10:00").fact("12:00", "agent_replied", final=True).fact("13:00", "reopened")
    assert ticket.clock("resolution").due == "19:00"


def test_rule_17_so_is_a_delivered_plan() -> None:
    ticket = Scenario(PLAN_RESOLVES.replace("{more}", ""))
    ticket.opened("10:00").fact("12:00", "milestone_reached", milestone="resolution_plan_delivered")
    assert ticket.clock("resolution").state == "met"
    ticket.fact("13:00", "resolved").fact("15:00", "reopened")
    clock = ticket.clock("resolution")
    assert (clock.state, clock.due, clock.paused) == ("running", "21:00", 180)


def test_rule_17_a_milestone_that_did_not_end_the_work_is_not() -> None:
    ticket = opened().fact("10:10", "milestone_reached", milestone="diagnosed")
    ticket.fact("10:20", "milestone_reached", milestone="delivered")
    ticket.fact("11:00", "resolved").fact("12:00", "reopened")
    assert ticket.clock("delivery").state == "met"


def test_rule_17_a_policy_may_restart_instead() -> None:
    ticket = Scenario(PLAN_RESOLVES.replace("{more}", "on_reopen: restart"))
    ticket.opened("10:00").fact("12:00", "resolved").fact("15:00", "reopened")
    clock = ticket.clock("resolution")
    assert (clock.cycle, clock.due, clock.paused) == (2, "23:00", 0)
    assert ticket.raised == ["12:00 resolution met"]
    assert ticket.results == [("resolution", 1, "met")]


def test_rule_17_the_new_cycle_knows_nothing_of_the_old_one() -> None:
    """Neither who was told before a change of severity, nor that it was acknowledged."""
    ticket = Scenario("""
        clocks:
          - id: resolution
            meets: [ticket.resolved]
            on_reopen: restart
            stops_on: acknowledged
            targets:
              - {severity: P1, ladder: [{after: 1h, tell: manager}, {after: 9h, tell: lead}]}
              - {severity: P2, ladder: [{after: 1h, tell: lead}, {after: 2h, tell: lead}]}
        """)
    ticket.opened("10:00", severity="P1").until("11:00")
    ticket.fact("11:10", "escalation.acknowledged", escalation_id=ticket.events[0].id)
    ticket.fact("11:20", "severity_changed", severity="P2")
    ticket.fact("11:30", "resolved").fact("12:00", "reopened").until("18:00")
    assert ticket.told == [("11:00", "manager"), ("13:00", "lead"), ("14:00", "lead")]


def test_rule_17_a_later_cycle_met_without_a_word_is_resumed_without_one() -> None:
    ticket = Scenario("""
        clocks:
          - id: repair
            starts: ticket.customer_replied
            meets: [ticket.agent_replied, ticket.resolved]
            targets: [{severity: P1, due: 1h}]
        """)
    ticket.opened("10:00", severity="P1").fact("10:10", "customer_replied")
    ticket.fact("10:20", "agent_replied").fact("10:30", "severity_changed", severity="P2")
    ticket.fact("10:40", "customer_replied").fact("10:50", "resolved").fact("11:00", "reopened")
    assert ticket.raised == ["10:20 repair met"]
    assert ticket.clock("repair").cycle == 2


def test_rule_17_retracted_once_it_is_not_retracted_again() -> None:
    ticket = opened().fact("12:00", "resolved").fact("13:00", "reopened")
    ticket.fact("13:10", "severity_changed", severity="P3").fact("14:00", "resolved")
    ticket.fact("15:00", "reopened")
    retractions = [line for line in ticket.raised if "resolution met retracted" in line]
    assert retractions == ["13:00 resolution met retracted"]


def test_rule_17_resumed_and_then_held_up_it_counts_from_its_original_start() -> None:
    ticket = Scenario("""
        clocks:
          - {id: resolution, when: {kind: problem}, meets: [ticket.resolved], targets: [{due: 8h}]}
        """)
    ticket.opened("10:00", kind="problem").fact("11:00", "resolved").fact("12:00", "reopened")
    ticket.fact("13:00", "updated", kind="question").fact("14:00", "updated", kind="problem")
    clock = ticket.clock("resolution")
    assert (clock.cycle, clock.due, clock.paused) == (2, "19:00", 60)


def test_rule_17_a_clock_that_only_resolving_meets_is_not_resumed_after_a_closing() -> None:
    ticket = Scenario("clocks: [{id: a, meets: ticket.resolved, targets: {due: 8h}}]")
    ticket.opened("10:00").fact("11:00", "closed").fact("12:00", "reopened")
    assert ticket.clock("a").state == "cancelled"


def test_rule_17_what_the_closing_cancelled_stays_so() -> None:
    ticket = opened().fact("10:30", "agent_replied").fact("12:00", "resolved")
    assert ticket.fact("15:00", "reopened").clock("review").state == "cancelled"


def test_a_line_entered_while_the_work_is_over_is_worked_on_from_the_reopening() -> None:
    ticket = Scenario("""
        lines: [first, second]
        opening_line: first
        clocks:
          - {id: second_level, line: second, meets: [ticket.resolved], targets: [{due: 8h}]}
        """)
    ticket.opened("10:00").fact("11:00", "resolved").fact("12:00", "handed_over", line="second")
    assert ticket.clock("second_level").state == "pending"
    ticket.fact("13:00", "reopened")
    clock = ticket.clock("second_level")
    assert (clock.state, clock.due, clock.paused) == ("running", "21:00", 60)


def test_a_clock_that_waited_for_its_condition_does_not_count_the_time_the_work_was_over() -> None:
    ticket = Scenario("""
        clocks:
          - {id: resolution, when: {kind: problem}, meets: [ticket.resolved], targets: [{due: 8h}]}
        """)
    ticket.opened("10:00", kind="question").fact("11:00", "resolved").fact("15:00", "reopened")
    ticket.fact("16:00", "updated", kind="problem")
    clock = ticket.clock("resolution")
    assert (clock.due, clock.elapsed, clock.paused) == ("22:00", 120, 240)


def test_nor_does_it_count_twice_where_that_is_a_pause_besides() -> None:
    ticket = Scenario("""
        clocks:
          - {id: resolution, when: {kind: problem}, pauses_on: resolved, targets: [{due: 8h}]}
        """)
    ticket.opened("10:00", kind="question").fact("11:00", "resolved").fact("15:00", "reopened")
    clock = ticket.fact("16:00", "updated", kind="problem").clock("resolution")
    assert (clock.due, clock.elapsed, clock.paused) == ("22:00", 120, 240)


def test_unless_it_outlives_the_resolution() -> None:
    ticket = Scenario("""
        clocks:
          - {id: a, when: {kind: problem}, outlives_resolution: true, targets: [{due: 8h}]}
        """)
    ticket.opened("10:00", kind="question").fact("11:00", "resolved").fact("15:00", "reopened")
    clock = ticket.fact("16:00", "updated", kind="problem").clock("a")
    assert (clock.due, clock.paused) == ("18:00", 0)


@pytest.mark.parametrize("fact", ["resolved", "cancelled"])
def test_rule_36_an_ended_cycle_stands_as_at_its_end(fact: str) -> None:
    ticket = opened().fact("12:00", fact)
    before = ticket.clock("resolution")
    assert ticket.until("Fri 10:00").clock("resolution") == before
    assert (before.elapsed, before.remaining) == (120, 360)


def test_rule_17_an_answer_that_a_milestone_gave_stays_given() -> None:
    """It did not end the work."""
    ticket = Scenario("""
        clocks:
          - id: response
            meets:
              - ticket.agent_replied
              - {fact: ticket.milestone_reached, if: {fact.milestone: called_back}}
              - ticket.resolved
            targets: [{due: 1h}]
        """)
    ticket.opened("10:00").fact("10:10", "milestone_reached", milestone="called_back")
    ticket.fact("10:20", "resolved").fact("12:00", "reopened").until("15:00")
    assert ticket.raised == ["10:10 response met"]
