"""Effects: what an escalation does to its ticket (16, 25, 26)."""

from tests.domain.scenario import Scenario

LINES = """
lines: [first, second, product]
opening_line: first
clocks:
  - id: first_level
    line: first
    meets: [ticket.resolved]
    when_due: {tell: lead, move_to_line: second}
    targets: [{due: 4h}]
  - id: second_level
    line: second
    meets: [ticket.resolved]
    when_due: {tell: manager, move_to_line: product, data: {plan: hot fix}}
    targets: [{due: 8h}]
  - id: resolution
    meets: [ticket.resolved]
    targets: [{due: 4h, ladder: [{after: 4h, tell: director}]}]
notices:
  - {fact: ticket.handed_over, if: {line: second}, tell: lead, reason: handed_over}
"""

SILENCE = """
clocks:
  - id: response
    meets: [ticket.agent_replied, ticket.resolved, ticket.closed]
    targets: [{due: 60d}]
  - id: update
    starts: [ticket.agent_replied]
    meets: [ticket.agent_replied]
    repeats: true
    targets: [{due: 10d}]
  - id: silence
    starts: [ticket.waiting_on_customer]
    when: {status: waiting_on_customer}
    targets:
      - ladder:
          - after: 10d
            tell: agent
            reason: customer_silence
            close: true
            if: {attributes.keep_open: {not: true}}
notices:
  - {fact: ticket.closed, tell: lead, reason: survey}
  - {fact: ticket.closed, if: {fact.reason: customer_silence}, tell: manager}
"""


def silent() -> Scenario:
    return Scenario(SILENCE).opened("10:00").fact("12:00", "waiting_on_customer")


def test_rule_26_reaching_the_mark_moves_the_ticket() -> None:
    ticket = Scenario(LINES).opened("10:00").until("14:00")
    assert ticket.ticket.line == "second"
    assert ticket.clock("second_level").due == "22:00"
    assert ticket.events[1].effect == {"move_to_line": "second"}


def test_rule_25_effects_act_after_all_marks_of_their_instant() -> None:
    """The director is told by a clock further down: of a ticket that is still on the first line."""
    ticket = Scenario(LINES).opened("10:00").until("14:00")
    assert ticket.raised == [
        "14:00 first_level breach",
        "14:00 first_level escalation 1 lead",
        "14:00 resolution breach",
        "14:00 resolution escalation 1 director",
    ]
    assert {each.line for each in ticket.events} == {"first"}


def test_rule_26_the_clock_of_the_line_left_ends_cancelled_and_breached() -> None:
    ticket = Scenario(LINES).opened("10:00").until("14:00")
    assert ticket.clock("first_level").breached == "14:00"
    assert ticket.results == [("first_level", 1, "cancelled")]


def test_rule_26_one_effect_leads_to_the_next() -> None:
    ticket = Scenario(LINES).opened("10:00").until("Tue 10:00")
    assert ticket.ticket.line == "product"
    assert ticket.told == [("14:00", "lead"), ("14:00", "director"), ("22:00", "manager")]
    assert ticket.events[-1].data == {"plan": "hot fix"}


def test_moving_by_an_effect_is_no_handing_over() -> None:
    assert not [
        line for line in Scenario(LINES).opened("10:00").until("15:00").raised if "notice" in line
    ]
    by_hand = Scenario(LINES).opened("10:00").fact("11:00", "handed_over", line="second")
    assert by_hand.raised == ["11:00 notice lead"]


def test_rule_16_closing_by_an_effect_acts_as_a_closing() -> None:
    ticket = silent().until("2026-01-15 12:00")
    assert ticket.ticket.status == "closed"
    assert ticket.raised == [
        "2026-01-15 12:00 silence escalation 1 agent",
        "2026-01-15 12:00 notice lead",
        "2026-01-15 12:00 notice manager",
        "2026-01-15 12:00 response met",
    ]
    assert ticket.ending("response").by == "ticket.closed"
    assert ticket.clock("silence").state == "cancelled"


def test_rule_26_the_effect_stands_in_the_event_and_the_event_in_what_follows() -> None:
    escalation, survey, *_ = silent().until("2026-01-15 12:00").events
    assert escalation.effect == {"close": True, "reason": "customer_silence"}
    assert survey.cause == escalation.id


def test_a_condition_on_the_mark_holds_it_back_while_the_clock_runs() -> None:
    ticket = silent().fact("Wed 10:00", "updated", attributes={"keep_open": True})
    assert ticket.until("2026-02-01 10:00").raised == []
    ticket.fact("2026-02-02 10:00", "updated", attributes={"keep_open": False})
    assert ticket.until("2026-02-02 10:00").ticket.status == "closed"


def test_an_answer_at_the_very_instant_keeps_it_open() -> None:
    ticket = silent().fact("2026-01-15 12:00", "customer_replied").until("2026-02-01 10:00")
    assert (ticket.ticket.status, ticket.told) == ("open", [])


def test_rule_25_a_cycle_that_ends_at_the_instant_of_the_closing_ends_before_it() -> None:
    ticket = silent().fact("12:00", "agent_replied").until("2026-01-15 12:00")
    assert ("update", 1, "missed") in ticket.results
    assert ("update", 2, "cancelled") in ticket.results


def test_two_effects_of_one_instant_both_act() -> None:
    ticket = Scenario("""
        lines: [first, second]
        opening_line: first
        clocks:
          - id: mover
            targets: [{ladder: [{after: 1h, tell: lead, move_to_line: second}]}]
          - id: closer
            targets: [{ladder: [{after: 1h, tell: agent, close: true}]}]
          - id: closer_too
            targets: [{ladder: [{after: 1h, tell: agent, close: true}]}]
        notices: [{fact: ticket.closed, tell: manager}]
        """)
    ticket.opened("10:00").until("11:00")
    assert (ticket.ticket.line, ticket.ticket.status) == ("second", "closed")
    assert [role for _, role in ticket.told] == ["lead", "agent", "agent", "manager"]
    assert all(each.next_mark is None for each in ticket.events)


def test_rule_15_an_effect_does_not_wake_a_clock_that_rests() -> None:
    ticket = Scenario("""
        lines: [first, second]
        opening_line: first
        clocks:
          - {id: update, meets: [ticket.agent_replied], repeats: true, targets: [{due: 1h}]}
          - id: mover
            targets: [{ladder: [{after: 200h, tell: lead, move_to_line: second}]}]
        """)
    ticket.opened("10:00").until("2026-03-01 10:00")
    clock = ticket.clock("update")
    assert (ticket.ticket.line, clock.state, clock.cycle) == ("second", "missed", 100)


def test_one_mark_may_move_and_close() -> None:
    ticket = Scenario("""
        lines: [first, second]
        clocks:
          - id: silence
            targets: [{ladder: [{after: 1h, tell: lead, move_to_line: second, close: true}]}]
        """)
    ticket.opened("10:00").until("11:00")
    assert ticket.events[0].effect == {"move_to_line": "second", "close": True, "reason": None}
    assert (ticket.ticket.line, ticket.ticket.status) == ("second", "closed")
