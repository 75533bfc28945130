"""Ladders: verdict and telling, repeats, acknowledgements (18, 19, 20, 27)."""

from tests.domain.scenario import Scenario

WHEN_DUE = """
clocks:
  - id: response
    meets: [ticket.agent_replied]
    when_due: {tell: manager, reason: overdue, data: {desk: 7}}
    targets:
      - {severity: P1, warn: [30m, {after: 45m, tell: agent}, {after: 50m, tell: agent}], due: 1h}
      - {severity: P2, due: 2h, when_due: {tell: lead}}
      - {severity: P3, due: 2h}
"""

LADDER = """
clocks:
  - id: resolution
    meets: [ticket.resolved]
    {more}
    targets:
      - ladder: [{after: 1h, tell: lead}, {after: 2h, tell: manager}]
        repeat: {every: 30m, times: 3}
"""


def ladder(more: str = "") -> Scenario:
    return Scenario(LADDER.replace("{more}", more)).opened("10:00")


def acknowledge(ticket: Scenario, when: str, index: int) -> Scenario:
    event = ticket.events[index]
    return ticket.fact(when, "escalation.acknowledged", escalation_id=event.id, by="Ann")


def test_rule_27_when_due_is_a_breach_without_a_role_and_a_rung_at_the_same_target() -> None:
    ticket = Scenario(WHEN_DUE).opened("10:00", severity="P3").until("12:00")
    breach, rung = ticket.events
    assert (breach.type, breach.tier, breach.role, breach.reason) == ("sla.breached",) + (None,) * 3
    assert (rung.type, rung.tier, rung.role, rung.reason) == (
        "sla.escalated",
        1,
        "manager",
        "overdue",
    )
    assert breach.target_at == rung.target_at == ticket.at("12:00")
    assert rung.data == {"desk": 7}


def test_rule_27_a_row_may_tell_another_role() -> None:
    ticket = Scenario(WHEN_DUE).opened("10:00", severity="P2").until("12:00")
    assert ticket.told == [("12:00", "lead")]


def test_rule_27_a_ladder_without_due_is_no_promise() -> None:
    ticket = ladder().until("12:00")
    clock = ticket.clock("resolution")
    assert (clock.goal, clock.warn, clock.due, clock.breached) == (None,) * 4
    assert {each.type for each in ticket.events} == {"sla.escalated"}


def test_warnings_may_be_several_and_tell_a_role() -> None:
    ticket = Scenario(WHEN_DUE).opened("10:00", severity="P1").until("10:50")
    assert ticket.raised == [
        "10:30 response warning",
        "10:45 response warning agent",
        "10:50 response warning agent",
    ]
    assert len({each.id for each in ticket.events}) == 3


def test_a_clock_shows_its_earliest_warning() -> None:
    assert Scenario(WHEN_DUE).opened("10:00", severity="P1").clock("response").warn == "10:30"


def test_rule_19_the_last_tier_is_repeated_so_many_times() -> None:
    ticket = ladder().until("18:00")
    assert ticket.told == [
        ("11:00", "lead"),
        ("12:00", "manager"),
        ("12:30", "manager"),
        ("13:00", "manager"),
        ("13:30", "manager"),
    ]
    assert [each.tier for each in ticket.events] == [1, 2, 2, 2, 2]
    assert len({each.id for each in ticket.events}) == 5


def test_rule_19_repeats_stop_with_the_clock() -> None:
    assert ladder().fact("12:40", "resolved").until("18:00").told[-1] == ("12:30", "manager")


def test_rule_19_repeats_run_on_the_clock_s_calendar() -> None:
    ticket = Scenario("""
        clocks:
          - id: resolution
            calendar: business
            targets: [{ladder: [{after: 1bd, tell: lead}], repeat: {every: 1h, times: 2}}]
        """)
    ticket.opened("16:30").until("Fri 10:00")
    assert ticket.told == [("Tue 16:30", "lead"), ("Wed 09:30", "lead"), ("Wed 10:30", "lead")]


def test_rule_20_offsets_run_from_the_start_however_late_they_are_raised() -> None:
    ticket = ladder()
    for when in ("11:20", "12:25", "12:55", "13:25", "14:00"):
        ticket.until(when)
    assert [when for when, _ in ticket.told] == ["11:00", "12:00", "12:30", "13:00", "13:30"]


def test_rule_18_an_acknowledgement_alone_stops_nothing() -> None:
    ticket = acknowledge(ladder().until("11:00"), "11:30", 0).until("12:00")
    assert ticket.told == [("11:00", "lead"), ("12:00", "manager")]


def test_rule_18_it_stops_further_tiers_where_the_policy_says_so() -> None:
    ticket = acknowledge(ladder("stops_on: acknowledged").until("11:00"), "11:30", 0)
    assert ticket.until("18:00").told == [("11:00", "lead")]
    assert ticket.next_mark is None


def test_rule_18_and_repeats_of_the_last() -> None:
    ticket = acknowledge(ladder("stops_on: acknowledged").until("12:30"), "12:40", 1)
    assert ticket.until("18:00").told[-1] == ("12:30", "manager")


def test_rule_18_another_escalation_s_acknowledgement_stops_nothing() -> None:
    ticket = ladder("stops_on: acknowledged").until("11:00")
    ticket.fact("11:30", "escalation.acknowledged", escalation_id="of-another").until("12:00")
    assert ticket.told == [("11:00", "lead"), ("12:00", "manager")]


def test_rule_18_and_does_not_undo_one() -> None:
    ticket = acknowledge(ladder("stops_on: acknowledged").until("11:00"), "11:30", 0)
    ticket.fact("11:40", "escalation.acknowledged", escalation_id="of-another").until("18:00")
    assert ticket.told == [("11:00", "lead")]


def test_rule_18_a_breach_comes_all_the_same() -> None:
    ticket = Scenario("""
        clocks:
          - id: resolution
            stops_on: acknowledged
            targets: [{due: 3h, ladder: [{after: 1h, tell: lead}, {after: 2h, tell: manager}]}]
        """)
    acknowledge(ticket.opened("10:00").until("11:00"), "11:30", 0).until("18:00")
    assert ticket.raised == ["11:00 resolution escalation 1 lead", "13:00 resolution breach"]


def test_a_rung_may_have_a_condition_and_is_reached_when_it_comes_true() -> None:
    ticket = Scenario("""
        clocks:
          - id: resolution
            targets:
              - ladder: [{after: 1h, tell: lead, if: {attributes.hold: {not: true}}}]
        """)
    ticket.opened("10:00", attributes={"hold": True}).until("12:00")
    assert (ticket.told, ticket.next_mark) == ([], None)
    ticket.fact("12:30", "updated", attributes={"hold": False}).until("12:30")
    assert ticket.told == [("12:30", "lead")]
    assert ticket.events[0].target_at == ticket.at("11:00")


def test_a_warning_whose_condition_fails_is_not_shown() -> None:
    ticket = Scenario("""
        clocks:
          - id: response
            targets: [{due: 4h, warn: {after: 2h, if: {opened_in.business: true}}}]
        """)
    assert ticket.opened("18:00").clock("response").warn is None
    assert ticket.opened("10:00").clock("response").warn == "12:00"
