"""Time and order: which instant counts, what comes first, and under which id (2, 25, 28, 29)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.domain.events import Fact, NextMark, SlaEvent, sla_event_id
from app.domain.judge import Judge
from tests.domain.scenario import Scenario

TEN = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)

CROWDED = """
clocks:
  - id: later
    targets: [{due: 2h, warn: 2h, ladder: [{after: 2h, tell: lead}, {after: 2h, tell: manager}]}]
  - id: sooner
    targets: [{due: 1h}]
  - id: last
    meets: [ticket.agent_replied]
    targets: [{due: 2h}]
"""


def fact(time: datetime | None, recorded_at: datetime) -> Fact:
    return Fact("ticket.opened", "T-1", "tests", "1", time, recorded_at, {})


def test_rule_2_a_fact_is_folded_when_it_happened() -> None:
    assert fact(TEN - timedelta(hours=1), TEN).at == TEN - timedelta(hours=1)


def test_rule_2_without_a_time_it_happened_when_it_was_recorded() -> None:
    assert fact(None, TEN).at == TEN


def test_rule_2_a_time_ahead_is_folded_at_its_recording_and_kept_as_sent() -> None:
    ahead = fact(TEN + timedelta(minutes=4), TEN)
    assert (ahead.at, ahead.time) == (TEN, TEN + timedelta(minutes=4))


def test_rule_1_every_instant_is_utc() -> None:
    paris = timezone(timedelta(hours=1))
    at = fact(datetime(2026, 1, 5, 10, 0, tzinfo=paris), TEN).at
    assert (at, at.tzinfo) == (TEN - timedelta(hours=1), UTC)


def test_rule_25_what_lies_before_a_fact_is_reached_before_it() -> None:
    ticket = Scenario(CROWDED).opened("10:00").fact("11:30", "agent_replied")
    assert ticket.raised == ["11:00 sooner breach", "11:30 last met"]


def test_rule_25_a_fact_at_the_very_instant_comes_first() -> None:
    ticket = Scenario(CROWDED).opened("10:00").fact("12:00", "agent_replied").until("12:00")
    assert "12:00 last met" in ticket.raised
    assert "12:00 last breach" not in ticket.raised


def test_rule_25_order_within_an_instant() -> None:
    """The clock's place in the policy, then warning, breach, escalation, then the tier."""
    assert Scenario(CROWDED).opened("10:00").until("13:00").raised == [
        "11:00 sooner breach",
        "12:00 later warning",
        "12:00 later breach",
        "12:00 later escalation 1 lead",
        "12:00 later escalation 2 manager",
        "12:00 last breach",
    ]


def test_rule_25_reached_together_the_earlier_target_comes_first() -> None:
    ticket = Scenario("""
        clocks:
          - {id: one, targets: [{severity: P1, due: 2h}]}
          - {id: two, targets: [{severity: P1, due: 1h}]}
        """)
    ticket.opened("10:00").fact("14:00", "severity_changed", severity="P1").until("14:00")
    assert ticket.raised == ["14:00 two breach", "14:00 one breach"]


def test_rule_25_notices_come_before_what_the_fact_meets() -> None:
    ticket = Scenario(CROWDED + "notices: [{fact: ticket.agent_replied, tell: director}]")
    ticket.opened("10:00").fact("10:30", "agent_replied")
    assert ticket.raised == ["10:30 notice director", "10:30 last met"]


def test_rule_25_one_long_step_and_many_short_ones_give_the_same() -> None:
    long = Scenario(CROWDED).opened("10:00").until("15:00")
    short = Scenario(CROWDED).opened("10:00")
    for minute in range(0, 301, 7):
        short.until(f"{10 + minute // 60}:{minute % 60:02}")
    short.until("15:00")
    assert (short.events, short.ticket) == (long.events, long.ticket)


def test_time_that_does_not_include_its_end_leaves_what_is_due_then() -> None:
    ticket = Scenario(CROWDED).opened("10:00")
    ticket.judge.pass_time(ticket.at("11:00"), including=False)
    assert ticket.raised == []


def test_rule_21_a_fact_before_the_last_one_is_late() -> None:
    ticket = Scenario(CROWDED).opened("10:00").fact("10:30", "assigned")
    assert ticket.ticket.comes_late(ticket.at("10:29"))
    assert not ticket.ticket.comes_late(ticket.at("10:30"))


def test_rule_21_so_is_one_before_what_has_been_reached() -> None:
    ticket = Scenario(CROWDED).opened("10:00").fact("10:30", "assigned").until("11:15").ticket
    at = Scenario(CROWDED).at
    assert ticket.comes_late(at("10:29"))
    assert ticket.comes_late(at("11:00"))  # a fact at the instant of a target comes first
    assert not ticket.comes_late(at("11:01"))


def test_two_facts_at_one_instant_act_in_their_order() -> None:
    ticket = Scenario(CROWDED).opened("10:00").fact("11:00", "resolved").fact("11:00", "reopened")
    assert ticket.ticket.status == "open"
    assert not ticket.ticket.comes_late(ticket.at("11:00"))


def test_rule_28_ids_are_the_same_whoever_derives_them() -> None:
    first, again = (Scenario(CROWDED).opened("10:00").until("13:00") for _ in range(2))
    assert [each.id for each in first.events] == [each.id for each in again.events]


def test_rule_28_an_id_is_of_the_ticket_too() -> None:
    policy = Scenario(CROWDED).policy
    ids = set()
    for ticket_id in ("T-1", "T-2"):
        judge = Judge.opening(Fact("ticket.opened", ticket_id, "s", "1", TEN, TEN, {}), policy)
        judge.pass_time(TEN + timedelta(hours=1))
        ids.add(judge.verdicts.events[0].id)
    assert len(ids) == 2


def test_rule_28_a_mark_retracted_before_has_another_id() -> None:
    ids = []
    for retracted in (0, 1, 2):
        ticket = Scenario(CROWDED).opened("10:00")
        ticket.ticket.retractions["sooner/1/breach///0"] = retracted
        ids.append(ticket.until("11:00").events[0].id)
    assert len(set(ids)) == 3


def test_rule_28_no_two_identities_share_an_id() -> None:
    """Whatever characters others put into their names."""
    assert sla_event_id("T 0 a", "b", 0) != sla_event_id("T", "a 0 b", 0)
    assert sla_event_id("T", "1 a", 0) != sla_event_id("T", "a", 1)
    assert sla_event_id("3 T", "a", 0) != sla_event_id("T", "a", 0)


def test_rule_28_is_stable_over_versions_of_this_program() -> None:
    """Ids stand in logs: this one must never change."""
    assert sla_event_id("T-1", "resolution/1/breach///0", 0) == "428b6b1a0882e5798e6a06e6c8eeee85"


def test_rule_29_what_an_event_carries() -> None:
    ticket = Scenario("""
        plans: [gold]
        default_plan: gold
        lines: [first]
        opening_line: first
        clocks:
          - id: response
            targets:
              - due: 1h
                ladder:
                  - {after: 1h, tell: lead, reason: nobody answered, data: {desk: [1, 2]}}
                  - {after: 3h, tell: manager}
        """)
    rung = ticket.opened("10:00").until("11:00").events[1]
    assert rung == SlaEvent(
        type="sla.escalated",
        id=rung.id,
        identity="response/1/escalation/1/lead/0",
        ticket_id="T-1",
        kind="escalation",
        clock="response",
        cycle=1,
        tier=1,
        role="lead",
        target_at=ticket.at("11:00"),
        reached_at=ticket.at("11:00"),
        severity="P2",
        plan="gold",
        line="first",
        policy_id="test",
        policy_version=ticket.policy.version,
        reason="nobody answered",
        data={"desk": [1, 2]},
        next_mark=NextMark("response", "escalation", 2, "manager", ticket.at("13:00")),
    )


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("10:30", "11:00 sooner breach"),
        ("11:00", "12:00 later warning"),
        ("12:00", None),
    ],
)
def test_the_next_mark(when: str, expected: str | None) -> None:
    ticket = Scenario(CROWDED).opened("10:00").until(when)
    assert ticket.next_mark == expected
    due = ticket.judge.next_due_at()
    assert (due and ticket.shown(due)) == (expected and expected.split()[0])
