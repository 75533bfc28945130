"""Pauses: the deadline is unknown while they last, and later by the time they took (10, 12, 13)."""

import pytest

from tests.domain.scenario import Scenario

PAUSING = """
clocks:
  - id: resolution
    meets: [ticket.resolved]
    pauses_on: [waiting_on_customer]
    calendar: {calendar}
    targets:
      - warn: {warn}
        due: {due}
        when_due: {{tell: manager}}
"""


def pausing(due: str = "4h", warn: str = "3h", calendar: str = "always") -> Scenario:
    return Scenario(PAUSING.format(due=due, warn=warn, calendar=calendar))


def paused(ticket: Scenario, since: str, until: str) -> Scenario:
    return ticket.fact(since, "waiting_on_customer").fact(until, "customer_replied")


def test_rule_10_paused_time_does_not_count() -> None:
    ticket = paused(pausing().opened("10:00"), "11:00", "12:30")
    clock = ticket.clock("resolution")
    assert (clock.warn, clock.due) == ("14:30", "15:30")
    assert (clock.elapsed, clock.remaining, clock.paused) == (60, 180, 90)


def test_rule_10_several_pauses_add_up() -> None:
    ticket = paused(paused(pausing().opened("10:00"), "11:00", "12:00"), "13:00", "13:30")
    assert ticket.clock("resolution").due == "15:30"


def test_rule_10_a_pause_outside_business_hours_takes_nothing() -> None:
    ticket = paused(pausing(calendar="business").opened("16:00"), "18:00", "Tue 08:00")
    clock = ticket.clock("resolution")
    assert (clock.due, clock.elapsed, clock.paused) == ("Tue 12:00", 60, 14 * 60)


def test_rule_10_a_pause_over_night_takes_its_open_hours() -> None:
    ticket = paused(pausing(calendar="business").opened("15:00"), "16:00", "Tue 10:00")
    assert ticket.clock("resolution").due == "Tue 13:00"


def test_rule_10_to_business_days_the_open_time_that_was_paused_is_added() -> None:
    ticket = pausing(due="1bd", warn="4h", calendar="business").opened("15:00")
    assert ticket.clock("resolution").due == "Tue 15:00"
    paused(ticket, "16:00", "Tue 11:00")
    assert ticket.clock("resolution").due == "Wed 10:00"


def test_rule_10_a_pause_across_the_business_day_s_target_leaves_what_was_left() -> None:
    ticket = pausing(due="1bd", warn="4h", calendar="business").opened("15:00")
    paused(ticket, "Tue 14:00", "Wed 14:00")
    clock = ticket.clock("resolution")
    assert (clock.due, clock.remaining) == ("Wed 15:00", 60)


def test_rule_10_closes_of_business_days_are_put_off_alike() -> None:
    ticket = pausing(due="eobd+1", warn="4h", calendar="business").opened("Fri 12:00")
    assert ticket.clock("resolution").due == "2026-01-12 17:00"
    paused(ticket, "Fri 13:00", "Fri 15:00")
    assert ticket.clock("resolution").due == "2026-01-13 11:00"


def test_rule_10_a_pause_that_took_no_open_time_leaves_business_days_alone() -> None:
    ticket = pausing(due="eobd+1", warn="4h", calendar="business").opened("Fri 12:00")
    paused(ticket, "Fri 18:00", "Sat 18:00")
    assert ticket.clock("resolution").due == "2026-01-12 17:00"


def test_rule_12_while_paused_the_deadline_is_unknown_and_what_remains_stands() -> None:
    ticket = pausing().opened("10:00").fact("11:00", "waiting_on_customer").until("Tue 11:00")
    clock = ticket.clock("resolution")
    assert (clock.state, clock.warn, clock.due) == ("paused", None, None)
    assert (clock.elapsed, clock.remaining, clock.paused) == (60, 180, 24 * 60)
    assert ticket.next_mark is None


def test_rule_12_no_mark_of_whatever_kind_is_reached_while_paused() -> None:
    ticket = pausing().opened("10:00").fact("11:00", "waiting_on_customer").until("Wed 11:00")
    assert ticket.raised == []


def test_rule_12_a_pause_at_the_very_instant_of_a_target_comes_first() -> None:
    ticket = pausing().opened("10:00").fact("13:00", "waiting_on_customer").until("16:00")
    assert ticket.raised == []


def test_rule_12_what_was_due_by_then_is_reached_at_the_resumption() -> None:
    ticket = paused(pausing().opened("10:00"), "13:00", "16:00").until("16:00")
    assert ticket.raised == ["16:00 resolution warning"]
    assert ticket.events[0].target_at == ticket.at("13:00")
    assert ticket.clock("resolution").due == "17:00"


def test_rule_12_overdue_while_paused_stays_as_overdue_as_it_was() -> None:
    ticket = pausing().opened("10:00").fact("14:30", "waiting_on_customer").until("20:00")
    clock = ticket.clock("resolution")
    assert (clock.breached, clock.due, clock.remaining, clock.elapsed) == ("14:00", None, -30, 270)


def test_rule_12_overdue_after_a_pause() -> None:
    ticket = paused(pausing().opened("10:00"), "11:00", "12:00").until("16:00")
    clock = ticket.clock("resolution")
    assert (clock.due, clock.breached, clock.remaining) == ("15:00", "15:00", -60)


def test_rule_12_the_deadline_is_unknown_from_the_very_instant_the_pause_begins() -> None:
    clock = pausing().opened("10:00").fact("11:00", "waiting_on_customer").clock("resolution")
    assert (clock.due, clock.remaining, clock.paused) == (None, 180, 0)


def test_met_by_what_does_not_end_the_pause_it_has_no_deadline() -> None:
    ticket = Scenario("""
        clocks:
          - id: response
            meets: ticket.agent_replied
            pauses_on: waiting_on_customer
            targets: {due: 4h}
        """)
    ticket.opened("10:00").fact("11:00", "waiting_on_customer").fact("12:00", "agent_replied")
    clock = ticket.clock("response")
    assert (clock.state, clock.due, clock.remaining, clock.paused) == ("met", None, 180, 60)
    assert ticket.events[0].target_at is None


def test_rule_10_a_pause_after_a_business_day_s_target_does_not_move_it() -> None:
    ticket = pausing(due="1bd", warn="4h", calendar="business").opened("15:00")
    paused(ticket, "Tue 16:00", "Wed 16:00")
    assert ticket.clock("resolution").due == "Tue 15:00"


def test_rule_10_repeats_of_a_tier_wait_out_a_pause() -> None:
    ticket = Scenario("""
        clocks:
          - id: resolution
            pauses_on: waiting_on_customer
            targets: {ladder: {after: 1h, tell: lead}, repeat: {every: 1h, times: 2}}
        """)
    paused(ticket.opened("10:00"), "11:30", "12:00").until("16:00")
    assert [when for when, _ in ticket.told] == ["11:00", "12:30", "13:30"]


def test_a_pause_that_was_over_before_the_start_is_none() -> None:
    ticket = Scenario("""
        clocks:
          - id: delivery
            starts: ticket.milestone_reached
            pauses_on: waiting_on_customer
            targets: {due: 2h}
        """)
    paused(ticket.opened("10:00"), "11:00", "12:00")
    ticket.fact("13:00", "milestone_reached", milestone="ordered")
    clock = ticket.clock("delivery")
    assert (clock.due, clock.paused, clock.remaining) == ("15:00", 0, 120)


def test_rule_12_a_pause_after_the_target_does_not_move_it() -> None:
    ticket = paused(pausing().opened("10:00"), "14:30", "15:30").until("16:00")
    clock = ticket.clock("resolution")
    assert (clock.due, clock.remaining, clock.elapsed) == ("14:00", -60, 300)


def test_met_while_paused_shows_the_deadline_that_the_pause_left() -> None:
    ticket = (
        pausing().opened("10:00").fact("11:00", "waiting_on_customer").fact("12:00", "resolved")
    )
    clock = ticket.clock("resolution")
    assert (clock.state, clock.due, clock.remaining, clock.paused) == ("met", "15:00", 180, 60)


def test_met_by_a_fact_whose_status_pauses_shows_its_deadline() -> None:
    """Some policies pause in `resolved` too; what ended then was not paused."""
    ticket = Scenario(
        PAUSING.format(due="4h", warn="3h", calendar="always").replace(
            "[waiting_on_customer]", "[waiting_on_customer, resolved]"
        )
    )
    ticket.opened("10:00").fact("12:00", "resolved")
    clock = ticket.clock("resolution")
    assert (clock.state, clock.due, clock.remaining, clock.paused) == ("met", "14:00", 120, 0)
    assert ticket.events[0].target_at == ticket.at("14:00")


def test_met_while_overdue() -> None:
    ticket = pausing().opened("10:00").fact("15:00", "resolved")
    clock = ticket.clock("resolution")
    assert (clock.state, clock.breached, clock.remaining) == ("met", "14:00", -60)


@pytest.mark.parametrize(
    "fact", ["customer_replied", "work_started", "resolved", "closed", "cancelled"]
)
def test_rule_13_what_ends_the_waiting(fact: str) -> None:
    ticket = pausing().opened("10:00").fact("11:00", "waiting_on_customer").fact("12:00", fact)
    assert ticket.clock("resolution").state != "paused"


@pytest.mark.parametrize("fact", ["agent_replied", "acknowledged", "assigned", "updated"])
def test_rule_13_what_does_not(fact: str) -> None:
    ticket = pausing().opened("10:00").fact("11:00", "waiting_on_customer").fact("12:00", fact)
    assert ticket.clock("resolution").state == "paused"


def test_rule_13_a_second_waiting_meanwhile_changes_nothing() -> None:
    ticket = Scenario("""
        clocks:
          - id: silence
            starts: [ticket.waiting_on_customer]
            targets: [{due: 5d}]
        notices:
          - {fact: ticket.waiting_on_customer, tell: agent}
        """)
    ticket.opened("10:00").fact("11:00", "waiting_on_customer").fact("13:00", "waiting_on_customer")
    assert ticket.clock("silence").due == "Sat 11:00"
    assert ticket.told == [("11:00", "agent")]


def test_rule_13_nor_does_it_start_a_clock_that_has_ended_since() -> None:
    ticket = Scenario("""
        clocks:
          - {id: silence, starts: [ticket.waiting_on_customer], meets: [ticket.assigned],
             targets: [{due: 5d}]}
        """)
    ticket.opened("10:00").fact("11:00", "waiting_on_customer").fact("12:00", "assigned")
    ticket.fact("13:00", "waiting_on_customer")
    clock = ticket.clock("silence")
    assert (clock.state, clock.cycle) == ("met", 1)


def test_a_clock_that_starts_while_paused_starts_paused() -> None:
    ticket = Scenario("""
        clocks:
          - id: delivery
            starts: [ticket.milestone_reached]
            pauses_on: [waiting_on_customer]
            targets: [{due: 2h}]
        """)
    ticket.opened("10:00").fact("11:00", "waiting_on_customer")
    ticket.fact("12:00", "milestone_reached", milestone="ordered")
    assert ticket.clock("delivery").state == "paused"
    ticket.fact("14:00", "customer_replied")
    clock = ticket.clock("delivery")
    assert (clock.due, clock.paused, clock.remaining) == ("16:00", 120, 120)


def test_two_statuses_that_pause_make_one_pause() -> None:
    ticket = Scenario("""
        clocks:
          - id: resolution
            meets: [ticket.resolved]
            pauses_on: [waiting_on_customer, in_progress]
            targets: [{due: 4h}]
        """)
    ticket.opened("10:00").fact("11:00", "waiting_on_customer").fact("12:00", "work_started")
    ticket.fact("13:00", "customer_replied")
    clock = ticket.clock("resolution")
    assert (clock.due, clock.paused) == ("16:00", 120)
