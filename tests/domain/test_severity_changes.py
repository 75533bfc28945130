"""A change of severity or plan recomputes running clocks from their start (11)."""

from tests.domain.scenario import Scenario

LADDER = """
clocks:
  - id: response
    meets: [ticket.agent_replied]
    targets: [{severity: P1, due: 1h}, {severity: P2, due: 2h}]
  - id: resolution
    meets: [ticket.resolved]
    pauses_on: [waiting_on_customer]
    targets:
      - severity: P1
        ladder:
          - {after: 0m, tell: lead}
          - {after: 1h, tell: manager}
          - {after: 4h, tell: director}
      - severity: P2
        ladder:
          - {after: 1h, tell: lead}
          - {after: 4h, tell: manager}
          - {after: 8h, tell: director}
"""

PLANS = """
plans: [basic, pro]
default_plan: basic
clocks:
  - id: response
    meets: [ticket.agent_replied]
    targets:
      - {plan: basic, due: 4h, calendar: business}
      - {plan: pro, due: 1h}
  - id: resolution
    meets: [ticket.resolved]
    targets:
      - {ladder: [{after: 1h, tell: lead}, {after: 5h, tell: lead}]}
"""


def change(ticket: Scenario, when: str, severity: str) -> Scenario:
    return ticket.fact(when, "severity_changed", severity=severity)


def test_rule_11_the_example() -> None:
    """P2 at 10:00, the lead at 11:00. Raised to P1 at 13:00: the manager at once (11:00 is long
    past), the director at 14:00, the lead not again."""
    ticket = change(Scenario(LADDER).opened("10:00", severity="P2"), "13:00", "P1").until("18:00")
    assert ticket.told == [("11:00", "lead"), ("13:00", "manager"), ("14:00", "director")]


def test_rule_11_a_mark_past_by_the_change_keeps_its_true_target() -> None:
    ticket = change(Scenario(LADDER).opened("10:00", severity="P2"), "13:00", "P1").until("13:00")
    manager = next(each for each in ticket.events if each.role == "manager")
    assert manager.target_at == ticket.at("11:00")
    assert (manager.reached_at, manager.severity) == (ticket.at("13:00"), "P1")


def test_rule_11_a_running_clock_counts_from_its_own_start() -> None:
    ticket = change(Scenario(LADDER).opened("10:00", severity="P2"), "10:30", "P1")
    clock = ticket.clock("response")
    assert (clock.cycle, clock.goal, clock.due, clock.remaining) == (1, "1h", "11:00", 30)


def test_rule_11_a_breached_clock_is_not_breached_again_and_shows_the_new_goal() -> None:
    ticket = change(Scenario(LADDER).opened("10:00", severity="P1"), "11:30", "P2").until("13:00")
    clock = ticket.clock("response")
    assert (clock.goal, clock.due, clock.breached) == ("2h", "12:00", "11:00")
    assert [line for line in ticket.raised if "breach" in line] == ["11:00 response breach"]


def test_rule_11_roles_told_leave_every_later_ladder() -> None:
    """P2, P1, P2: the manager, told early under P1, is not told at P2's four hours."""
    ticket = Scenario(LADDER).opened("10:00", severity="P2")
    change(change(ticket, "13:00", "P1"), "13:30", "P2").until("20:00")
    assert ticket.told == [("11:00", "lead"), ("13:00", "manager"), ("18:00", "director")]


def test_rule_11_they_leave_it_at_whichever_tier_it_names_them() -> None:
    """The manager, told as tier 1 of P1, is tier 2 of P2; the lead has not been told."""
    ticket = Scenario("""
        clocks:
          - id: resolution
            targets:
              - {severity: P1, ladder: [{after: 1h, tell: manager}, {after: 9h, tell: agent}]}
              - {severity: P2, ladder: [{after: 2h, tell: lead}, {after: 3h, tell: manager}]}
        """)
    ticket.opened("10:00", severity="P1").until("11:00")
    change(ticket, "11:30", "P2").until("20:00")
    assert ticket.told == [("11:00", "manager"), ("12:00", "lead")]


def test_rule_11_a_warning_is_no_rung() -> None:
    ticket = Scenario("""
        clocks:
          - id: resolution
            targets:
              - {severity: P1, warn: {after: 1h, tell: lead}}
              - {severity: P2, ladder: [{after: 2h, tell: lead}]}
        """)
    ticket.opened("10:00", severity="P1").until("11:00")
    assert change(ticket, "11:30", "P2").until("12:00").told == [
        ("11:00", "lead"),
        ("12:00", "lead"),
    ]


def test_rule_11_within_one_ladder_a_role_may_be_told_twice_after_a_change_too() -> None:
    ticket = Scenario("""
        clocks:
          - id: resolution
            targets:
              - {severity: P1, ladder: [{after: 1h, tell: manager}]}
              - {severity: P2, ladder: [{after: 2h, tell: lead}, {after: 3h, tell: lead}]}
        """)
    ticket.opened("10:00", severity="P1").until("11:00")
    change(ticket, "11:30", "P2").until("20:00")
    assert ticket.told == [("11:00", "manager"), ("12:00", "lead"), ("13:00", "lead")]


def test_rule_11_lowered_before_anything_was_reached() -> None:
    ticket = change(Scenario(LADDER).opened("10:00", severity="P1"), "10:00", "P2").until("11:00")
    assert ticket.told == [("11:00", "lead")]


def test_rule_11_a_severity_without_a_target_shows_none_and_has_one_again_afterwards() -> None:
    ticket = change(Scenario(LADDER).opened("10:00", severity="P2"), "10:30", "P3")
    clock = ticket.clock("response")
    assert (clock.state, clock.goal, clock.due) == ("running", None, None)
    assert ticket.until("12:30").raised == []
    change(ticket, "13:00", "P1").until("13:00")
    assert ticket.raised == [
        "13:00 resolution escalation 1 lead",
        "13:00 response breach",
        "13:00 resolution escalation 2 manager",
    ]


def test_rule_11_a_met_clock_is_not_recomputed() -> None:
    ticket = Scenario(LADDER).opened("10:00", severity="P2").fact("11:30", "agent_replied")
    change(ticket, "11:45", "P1").until("12:00")
    clock = ticket.clock("response")
    assert (clock.state, clock.goal, clock.due, clock.breached) == ("met", "2h", "12:00", None)


def test_rule_11_unless_it_is_reopened() -> None:
    ticket = Scenario(LADDER).opened("10:00", severity="P2").fact("10:30", "resolved")
    change(ticket, "10:40", "P1").fact("11:30", "reopened").until("12:00")
    assert ticket.told == [("11:30", "lead"), ("12:00", "manager")]


def test_rule_11_pauses_keep_their_instants() -> None:
    """30 minutes paused are 30 minutes paused under the new severity too."""
    ticket = Scenario(LADDER).opened("10:00", severity="P2").fact("10:15", "waiting_on_customer")
    change(ticket.fact("10:45", "customer_replied"), "11:00", "P1").until("16:00")
    assert ticket.told == [("11:00", "lead"), ("11:30", "manager"), ("14:30", "director")]


def test_rule_12_a_change_while_paused_shows_at_once_its_deadlines_at_the_resumption() -> None:
    ticket = Scenario(LADDER.replace("meets: [ticket.agent_replied]", "pauses_on: [in_progress]"))
    ticket.opened("10:00", severity="P2").fact("10:30", "work_started")
    change(ticket, "13:00", "P1").until("14:00")
    clock = ticket.clock("response")
    assert (clock.state, clock.goal, clock.due, clock.remaining) == ("paused", "1h", None, 30)
    assert not [line for line in ticket.raised if "response" in line]
    ticket.fact("15:00", "customer_replied")
    assert ticket.clock("response").due == "15:30"


def test_rule_11_a_plan_changes_targets_and_calendar_alike() -> None:
    ticket = Scenario(PLANS).opened("Fri 16:00")
    assert ticket.clock("response").due == "2026-01-12 12:00"
    ticket.fact("Fri 16:30", "plan_changed", plan="pro")
    clock = ticket.clock("response")
    assert (clock.goal, clock.due) == ("1h", "Fri 17:00")
    assert ticket.until("Fri 17:00").raised[0] == "Fri 17:00 response breach"


def test_rule_11_a_clock_whose_targets_stay_the_same_keeps_its_ladder() -> None:
    """The plan says nothing of this ladder, so the lead's second tier is told as before."""
    ticket = Scenario(PLANS).opened("10:00").fact("12:00", "plan_changed", plan="pro")
    ticket.fact("12:30", "severity_changed", severity="P1").until("16:00")
    assert ticket.told == [("11:00", "lead"), ("15:00", "lead")]


def test_rule_11_the_same_severity_again_is_no_change() -> None:
    ticket = change(Scenario(LADDER).opened("10:00", severity="P2"), "13:00", "P2").until("20:00")
    assert ticket.told == [("11:00", "lead"), ("14:00", "manager"), ("18:00", "director")]
