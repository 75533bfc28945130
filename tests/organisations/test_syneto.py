"""Syneto support: first response by priority and plan, parts, and what follows the work.

Local times are Italy's; the week begins on Monday, 5 January 2026.
"""

import pytest

from app.domain.errors import FactRefused
from tests.organisations.story import Organisation, Story

SYNETO = Organisation("syneto", "Europe/Rome")

AGENT = "technical_support_agent"
SENIOR = "senior_engineers"


def milestone(ticket: Story, when: str, name: str) -> Story:
    return ticket.fact(when, "milestone_reached", milestone=name)


@pytest.mark.parametrize(
    ("severity", "plan", "goal", "when", "due"),
    [
        ("P1", "basic", "4h", "10:00", "14:00"),
        ("P1", "basic", "4h", "13:00", "17:00"),
        ("P1", "basic", "4h", "15:00", "Tue 11:00"),
        ("P1", "basic", "4h", "Fri 16:00", "2026-01-12 12:00"),
        ("P1", "basic", "4h", "Sat 11:00", "2026-01-12 13:00"),
        ("P2", "basic", "8h", "09:00", "17:00"),
        ("P2", "basic", "8h", "10:00", "Tue 10:00"),
        ("P2", "basic", "8h", "Fri 12:00", "2026-01-12 12:00"),
        ("P3", "basic", "eobd+1", "10:00", "Tue 17:00"),
        ("P3", "basic", "eobd+1", "Fri 20:00", "2026-01-12 17:00"),
        ("P4", "basic", "eobd+1", "Tue 07:00", "Wed 17:00"),
        ("P4", "basic", "eobd+1", "Sun 11:00", "2026-01-12 17:00"),
        ("P1", "pro", "1h", "10:00", "11:00"),
        ("P1", "pro", "1h", "16:30", "Tue 09:30"),
        ("P1", "pro", "1h", "Sat 11:00", "2026-01-12 10:00"),
        ("P2", "pro", "4h", "Fri 16:00", "2026-01-12 12:00"),
        ("P3", "pro", "8h", "10:00", "Tue 10:00"),
        ("P3", "pro", "8h", "Fri 12:00", "2026-01-12 12:00"),
        ("P4", "pro", "eobd+1", "Fri 12:00", "2026-01-12 17:00"),
        ("P1", "mission_critical", "30m", "10:00", "10:30"),
        ("P1", "mission_critical", "30m", "Sat 23:45", "Sun 00:15"),
        ("P2", "mission_critical", "2h", "Fri 23:00", "Sat 01:00"),
        ("P3", "mission_critical", "4h", "Sat 23:00", "Sun 03:00"),
        ("P4", "mission_critical", "8h", "Fri 23:00", "Sat 07:00"),
        # No holidays are named
        ("P3", "basic", "eobd+1", "2026-12-24 12:00", "2026-12-25 17:00"),
        # To summer time at two on Sunday, 29 March 2026
        ("P1", "mission_critical", "30m", "2026-03-29 01:45", "2026-03-29 03:15"),
        ("P2", "mission_critical", "2h", "2026-03-29 01:30", "2026-03-29 04:30"),
        ("P3", "mission_critical", "4h", "2026-03-29 01:30", "2026-03-29 06:30"),
        ("P4", "mission_critical", "8h", "2026-03-28 22:00", "2026-03-29 07:00"),
        ("P1", "basic", "4h", "2026-03-27 16:00", "2026-03-30 12:00"),
        ("P2", "basic", "8h", "2026-03-27 12:00", "2026-03-30 12:00"),
        ("P3", "basic", "eobd+1", "2026-03-27 12:00", "2026-03-30 17:00"),
        ("P3", "pro", "8h", "2026-03-29 02:00", "2026-03-30 17:00"),
        # And from it at three on Sunday, 25 October
        ("P1", "mission_critical", "30m", "2026-10-25 02:45", "2026-10-25 02:15 again"),
        ("P2", "mission_critical", "2h", "2026-10-25 01:30", "2026-10-25 02:30 again"),
        ("P3", "mission_critical", "4h", "2026-10-25 01:30", "2026-10-25 04:30"),
        ("P4", "mission_critical", "8h", "2026-10-24 22:00", "2026-10-25 05:00"),
        ("P1", "basic", "4h", "2026-10-23 16:00", "2026-10-26 12:00"),
        ("P4", "pro", "eobd+1", "2026-10-23 16:00", "2026-10-26 17:00"),
    ],
)
def test_target_initial_support_response(
    severity: str, plan: str, goal: str, when: str, due: str
) -> None:
    """When due: escalation to senior engineers for mission critical, to the agent otherwise."""
    ticket = SYNETO.opened(when, severity=severity, plan=plan)
    assert ticket.clock("first_response").goal == goal
    ticket.assert_due("first_response", due)
    role = SENIOR if plan == "mission_critical" else AGENT
    assert ticket.raised == [
        f"{due} first_response breach",
        f"{due} first_response escalation 1 {role}",
    ]


def test_the_basic_warranty_is_included() -> None:
    ticket = SYNETO.opened(severity="P1")
    assert ticket.ticket.plan == "basic"
    with pytest.raises(FactRefused):
        SYNETO.opened()


def test_met_by_a_public_reply_of_an_agent() -> None:
    ticket = SYNETO.opened(severity="P1", plan="pro").fact("10:10", "acknowledged")
    ticket.fact("10:20", "agent_replied", public=False)
    assert ticket.state("first_response") == "running"
    assert ticket.fact("11:00", "agent_replied").raised == ["11:00 first_response met"]


@pytest.mark.parametrize("end", ["resolved", "closed"])
def test_met_by_resolving_too_and_taken_up_again_by_reopening(end: str) -> None:
    """The time in between does not count."""
    ticket = SYNETO.opened(severity="P1").fact("11:00", end)
    assert ticket.of("first_response") == ["11:00 first_response met"]
    ticket.fact("Tue 11:00", "reopened")
    assert ticket.of("first_response")[1:] == ["Tue 11:00 first_response met retracted"]
    ticket.assert_due("first_response", "Tue 14:00")


def test_waiting_on_the_customer_pauses_nothing() -> None:
    ticket = SYNETO.opened(severity="P1").fact("10:30", "waiting_on_customer")
    ticket.assert_due("first_response", "14:00")


def test_a_ticket_may_be_reassigned_and_no_clock_restarts() -> None:
    ticket = SYNETO.opened(severity="P1").fact("12:00", "assigned", agent="ada")
    ticket.fact("13:00", "assigned", agent="bob", team="storage")
    assert ticket.raised == []
    ticket.assert_due("first_response", "14:00")


class TestASeverityOrPlanChangeRecomputes:
    def test_a_better_plan_counts_day_and_night(self) -> None:
        ticket = SYNETO.opened(severity="P3").fact("11:00", "plan_changed", plan="mission_critical")
        clock = ticket.clock("first_response")
        assert (clock.goal, clock.due) == ("4h", "14:00")
        ticket.until("15:00")
        assert ticket.raised[-1] == f"14:00 first_response escalation 1 {SENIOR}"

    def test_whose_target_is_past_is_due_at_the_change(self) -> None:
        ticket = SYNETO.opened("Sat 10:00", severity="P1")
        ticket.fact("Sun 10:00", "plan_changed", plan="mission_critical").until("Sun 10:00")
        assert ticket.raised == [
            "Sun 10:00 first_response breach",
            f"Sun 10:00 first_response escalation 1 {SENIOR}",
        ]
        assert ticket.events[0].target_at == ticket.at("Sat 10:30")

    def test_a_lesser_plan_counts_by_the_business_day(self) -> None:
        ticket = SYNETO.opened("Sat 10:00", severity="P1", plan="mission_critical")
        ticket.fact("Sat 10:10", "plan_changed", plan="basic")
        ticket.assert_due("first_response", "2026-01-12 13:00")

    def test_breached_it_stays_breached(self) -> None:
        """The agent, whom this ladder has not told, is told in turn."""
        ticket = SYNETO.opened("Sat 10:00", severity="P1", plan="mission_critical")
        ticket.fact("Sat 11:00", "plan_changed", plan="pro")
        clock = ticket.clock("first_response")
        assert (clock.goal, clock.due, clock.breached) == ("1h", "2026-01-12 10:00", "Sat 10:30")
        assert ticket.until("2026-01-13 10:00").raised == [
            "Sat 10:30 first_response breach",
            f"Sat 10:30 first_response escalation 1 {SENIOR}",
            f"2026-01-12 10:00 first_response escalation 1 {AGENT}",
        ]

    def test_severity(self) -> None:
        ticket = SYNETO.opened(severity="P4").fact("12:00", "severity_changed", severity="P1")
        assert ticket.clock("first_response").due == "14:00"
        ticket.fact("13:00", "severity_changed", severity="P2")
        ticket.assert_due("first_response", "Tue 10:00")

    def test_also_while_waiting_on_the_customer(self) -> None:
        ticket = SYNETO.opened(severity="P4").fact("11:00", "waiting_on_customer")
        ticket.fact("12:00", "severity_changed", severity="P1")
        ticket.assert_due("first_response", "14:00")

    def test_a_met_one_is_not_recomputed(self) -> None:
        ticket = SYNETO.opened(severity="P4").fact("15:00", "agent_replied")
        ticket.fact("16:00", "severity_changed", severity="P1").until("Fri 10:00")
        assert ticket.raised == ["15:00 first_response met"]


class TestParts:
    """Delivery time starts after the diagnosis ends, not at the ticket opening."""

    def test_in_most_major_metropolitan_locations(self) -> None:
        """Noted, not modelled."""
        assert "metropolitan" in SYNETO.notes("parts_delivery")

    @pytest.mark.parametrize(
        ("plan", "goal", "diagnosed", "due"),
        [
            ("basic", "eobd+1", "10:00", "Tue 17:00"),
            ("basic", "eobd+1", "Fri 18:00", "2026-01-12 17:00"),
            ("pro", "eobd+1", "Thu 16:59", "Fri 17:00"),
            ("pro", "eobd+1", "Sat 11:00", "2026-01-12 17:00"),
            ("mission_critical", "4h", "10:00", "14:00"),
            ("mission_critical", "4h", "Sat 22:00", "Sun 02:00"),
            ("mission_critical", "4h", "2026-03-29 01:30", "2026-03-29 06:30"),
            ("mission_critical", "4h", "2026-10-25 01:30", "2026-10-25 04:30"),
            ("pro", "eobd+1", "2026-03-27 10:00", "2026-03-30 17:00"),
        ],
    )
    def test_next_business_day_or_4_hours(
        self, plan: str, goal: str, diagnosed: str, due: str
    ) -> None:
        """Nobody is told by role."""
        ticket = SYNETO.opened(severity="P4", plan=plan, kind="hardware")
        assert ticket.state("parts_delivery") == "pending"
        milestone(ticket, diagnosed, "diagnosed")
        assert ticket.clock("parts_delivery").goal == goal
        ticket.assert_due("parts_delivery", due)
        assert ticket.of("parts_delivery") == [f"{due} parts_delivery breach"]

    def test_met_when_delivered(self) -> None:
        ticket = SYNETO.opened(severity="P4", kind="hardware")
        milestone(ticket, "10:30", "parts_delivered")
        milestone(ticket, "11:00", "diagnosed")
        milestone(ticket, "Tue 17:00", "parts_delivered")
        assert ticket.of("parts_delivery") == ["Tue 17:00 parts_delivery met"]

    @pytest.mark.parametrize("kind", [None, "software"])
    def test_only_for_kind_hardware(self, kind: str | None) -> None:
        data = {} if kind is None else {"kind": kind}
        ticket = milestone(SYNETO.opened(severity="P4", **data), "11:00", "diagnosed")
        assert ticket.state("parts_delivery") == "pending"

    def test_which_it_may_become_later_it_counts_from_the_diagnosis(self) -> None:
        ticket = SYNETO.opened(severity="P4", kind="software")
        milestone(ticket, "16:00", "diagnosed").fact("Tue 10:00", "updated", kind="hardware")
        ticket.assert_due("parts_delivery", "Tue 17:00")
        late = SYNETO.opened(severity="P4", plan="mission_critical")
        milestone(late, "16:00", "diagnosed").fact("Tue 10:00", "updated", kind="hardware")
        assert late.until("Tue 10:00").of("parts_delivery") == ["Tue 10:00 parts_delivery breach"]
        assert late.clock("parts_delivery").due == "20:00"

    def test_hardware_before_its_diagnosis(self) -> None:
        ticket = SYNETO.opened(severity="P4").fact("11:00", "updated", kind="hardware")
        assert ticket.state("parts_delivery") == "pending"
        milestone(ticket, "12:00", "diagnosed").assert_due("parts_delivery", "Tue 17:00")

    def test_no_hardware_after_all(self) -> None:
        ticket = SYNETO.opened(severity="P4", kind="hardware")
        milestone(ticket, "11:00", "diagnosed").fact("12:00", "updated", kind="software")
        assert ticket.state("parts_delivery") == "cancelled"
        assert ticket.until("Fri 10:00").of("parts_delivery") == []

    def test_a_plan_change_recomputes(self) -> None:
        ticket = SYNETO.opened(severity="P4", kind="hardware")
        milestone(ticket, "11:00", "diagnosed")
        ticket.fact("12:00", "plan_changed", plan="mission_critical")
        ticket.assert_due("parts_delivery", "15:00")

    @pytest.mark.parametrize("end", ["resolved", "closed"])
    def test_it_outlives_resolution(self, end: str) -> None:
        ticket = SYNETO.opened(severity="P4", kind="hardware")
        milestone(ticket, "11:00", "diagnosed").fact("12:00", end)
        ticket.assert_due("parts_delivery", "Tue 17:00")

    def test_but_not_the_cancelling_of_the_ticket(self) -> None:
        ticket = SYNETO.opened(severity="P4", kind="hardware")
        milestone(ticket, "11:00", "diagnosed").fact("12:00", "cancelled", reason="invalid")
        assert ticket.until("Fri 10:00").raised == []


class TestAfterTheWork:
    def test_root_cause_analysis_of_a_mission_critical_ticket_resolved(self) -> None:
        ticket = SYNETO.opened(severity="P1", plan="mission_critical")
        ticket.fact("10:10", "resolved").fact("10:20", "resolved")
        assert ticket.notices == ["10:10 root_cause_analysis (ticket_resolved)"]
        ticket.fact("11:00", "reopened").fact("12:00", "resolved")
        assert ticket.notices[1:] == ["12:00 root_cause_analysis (ticket_resolved)"]

    @pytest.mark.parametrize("plan", ["basic", "pro"])
    def test_not_of_others(self, plan: str) -> None:
        assert SYNETO.opened(severity="P1", plan=plan).fact("10:10", "resolved").notices == []

    def test_by_the_plan_at_the_resolution(self) -> None:
        ticket = SYNETO.opened(severity="P1").fact("10:05", "plan_changed", plan="mission_critical")
        ticket.fact("10:10", "resolved")
        assert ticket.notices == ["10:10 root_cause_analysis (ticket_resolved)"]

    @pytest.mark.parametrize("plan", ["basic", "pro", "mission_critical"])
    def test_a_satisfaction_survey_after_closing(self, plan: str) -> None:
        """When the customer confirms, or by agreement without a final resolution; once."""
        ticket = SYNETO.opened(severity="P1", plan=plan)
        ticket.fact("10:10", "closed", reason="agreed").fact("10:20", "closed")
        assert ticket.notices == ["10:10 customer_survey (ticket_closed)"]
        assert ticket.ticket.status == "closed"

    def test_resolving_alone_asks_for_none(self) -> None:
        ticket = SYNETO.opened(severity="P1").fact("10:10", "resolved")
        assert ticket.notices == []
        assert ticket.fact("11:00", "closed").notices == ["11:00 customer_survey (ticket_closed)"]

    def test_nor_does_cancelling(self) -> None:
        assert SYNETO.opened(severity="P1").fact("10:10", "cancelled", reason="spam").notices == []
