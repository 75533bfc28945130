"""Notices: a role is told of a fact, without a clock; and escalation by hand."""

import pytest

from app.domain.errors import FactRefused
from tests.domain.scenario import Scenario

RULES = """
plans: [basic, critical]
default_plan: basic
lines: [first, second]
opening_line: first
clocks:
  - {id: resolution, meets: [ticket.resolved], targets: [{due: 8h}]}
notices:
  - fact: ticket.opened
    if: {severity: P1, channel: {not: phone}}
    tell: agent
    reason: phone_follow_up
  - fact: ticket.severity_changed
    if: {severity: P1, previous.severity: {not: P1}}
    tell: agent
    reason: phone_follow_up
  - fact: ticket.opened
    if: {severity: P1, channel: {in: [web, portal]}, opened_in.business: false}
    tell: lead
    reason: after_hours_page
  - fact: ticket.handed_over
    if: {line: second, previous.line: {not: second}}
    tell: manager
    reason: handed_over
  - {fact: ticket.resolved, if: {plan: critical}, tell: director, data: {days: 5}}
  - {fact: ticket.closed, tell: agent, reason: survey}
  - {fact: ticket.updated, if: {at_in.business: false}, tell: agent}
"""


def opened(when: str = "10:00", **data: str) -> Scenario:
    return Scenario(RULES).opened(when, **data)


def test_told_at_the_opening_where_the_conditions_hold() -> None:
    ticket = opened(severity="P1", channel="web")
    assert ticket.raised == ["10:00 notice agent"]
    notice = ticket.events[0]
    assert (notice.type, notice.kind, notice.reason) == ("sla.noticed", "notice", "phone_follow_up")
    assert (notice.clock, notice.cycle, notice.tier) == (None, None, None)
    assert (notice.target_at, notice.cause) == (ticket.at("10:00"), "fact-1")
    assert notice.next_mark is not None


@pytest.mark.parametrize("data", [{"severity": "P1", "channel": "phone"}, {"severity": "P2"}])
def test_not_told_otherwise(data: dict[str, str]) -> None:
    assert opened(**data).told == []


def test_a_calendar_may_be_asked_whether_it_was_open() -> None:
    assert opened("18:00", severity="P1", channel="portal").told == [
        ("18:00", "agent"),
        ("18:00", "lead"),
    ]
    ticket = opened("16:00").fact("16:30", "updated").fact("17:00", "updated")
    assert ticket.told == [("17:00", "agent")]


def test_told_of_a_raise_and_not_of_the_same_severity_again() -> None:
    ticket = opened(severity="P2").fact("11:00", "severity_changed", severity="P1")
    ticket.fact("12:00", "severity_changed", severity="P1")
    assert ticket.told == [("11:00", "agent")]


def test_told_of_entering_a_line() -> None:
    ticket = opened().fact("11:00", "handed_over", line="second")
    ticket.fact("12:00", "handed_over", line="second")
    assert ticket.told == [("11:00", "manager")]


def test_told_once_of_an_end_and_not_of_its_repetition() -> None:
    ticket = opened(plan="critical").fact("11:00", "resolved").fact("12:00", "resolved")
    ticket.fact("13:00", "closed").fact("14:00", "closed")
    assert ticket.told == [("11:00", "director"), ("13:00", "agent")]
    assert ticket.events[0].data == {"days": 5}


def test_told_again_of_a_second_resolution() -> None:
    ticket = opened(plan="critical").fact("11:00", "resolved").fact("12:00", "reopened")
    ticket.fact("13:00", "resolved")
    assert ticket.told == [("11:00", "director"), ("13:00", "director")]
    assert len({each.id for each in ticket.events}) == len(ticket.events)


def test_a_person_escalates_by_hand() -> None:
    ticket = opened().fact("11:00", "escalated", to="director", reason="asked for you")
    assert ticket.raised == ["11:00 notice director"]
    assert ticket.events[0].reason == "asked for you"


def test_a_role_that_the_policy_does_not_name_is_refused() -> None:
    with pytest.raises(FactRefused, match="no role 'pope': one of agent, director") as refused:
        opened().fact("11:00", "escalated", to="pope")
    assert refused.value.pointer == "/data/to"


def test_rule_28_the_same_role_is_told_of_a_fact_once_for_each_reason() -> None:
    """A person escalates to a role that the policy tells of every escalation anyway."""
    rules = """
        notices:
          - {fact: ticket.escalated, tell: lead}
          - {fact: ticket.escalated, tell: lead, reason: another}
        """
    ticket = Scenario(rules).opened("10:00").fact("11:00", "escalated", to="lead")
    assert [(each.role, each.reason) for each in ticket.events] == [
        ("lead", None),
        ("lead", "another"),
    ]


def test_what_comes_once_comes_once_for_a_role_and_a_reason() -> None:
    ticket = Scenario("""
        notices:
          - {fact: ticket.opened, if: {kind: wish}, tell: lead, reason: wish, once: true}
          - {fact: ticket.updated, if: {kind: wish}, tell: lead, reason: wish, once: true}
          - {fact: ticket.updated, if: {kind: wish}, tell: manager, once: true}
        """)
    ticket.opened("10:00", kind="wish").fact("10:10", "updated", kind="problem")
    ticket.fact("10:20", "updated", kind="wish").fact("10:30", "updated", title="A wish")
    assert ticket.told == [("10:00", "lead"), ("10:20", "manager")]
