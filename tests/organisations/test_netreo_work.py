"""Netreo General Support Services: resolution, daily reviews, defects, hardware, and statuses.

Local times are Los Angeles'; the week begins on Monday, 5 January 2026.
"""

from datetime import date

import pytest

from tests.organisations.story import Organisation, Story

NETREO = Organisation("netreo", "America/Los_Angeles")

REVIEW = "daily_review escalation 1 support_and_operations_engineering (daily_review)"


def milestone(ticket: Story, when: str, name: str) -> Story:
    return ticket.fact(when, "milestone_reached", milestone=name)


class TestResolutionWithin4To7Days:
    @pytest.mark.parametrize(
        ("when", "after_4_days", "after_7_days"),
        [
            ("10:00", "Fri 10:00", "2026-01-12 10:00"),
            ("Sat 23:00", "2026-01-14 23:00", "2026-01-17 23:00"),
            ("2026-03-06 10:00", "2026-03-10 11:00", "2026-03-13 11:00"),
            ("2026-10-30 10:00", "2026-11-03 09:00", "2026-11-06 09:00"),
        ],
    )
    @pytest.mark.parametrize("severity", ["2", "3", "4", "5"])
    def test_of_non_critical_issues(
        self, severity: str, when: str, after_4_days: str, after_7_days: str
    ) -> None:
        """Nobody is told by role."""
        ticket = NETREO.opened(when, severity=severity)
        assert ticket.clock("resolution").warn == after_4_days
        ticket.assert_due("resolution", after_7_days)
        assert ticket.of("resolution") == [
            f"{after_4_days} resolution warning",
            f"{after_7_days} resolution breach",
        ]

    def test_severity_1_has_no_target(self) -> None:
        ticket = NETREO.opened(severity="1")
        assert ticket.clock("resolution").goal is None
        ticket.assert_due("resolution", None)
        assert ticket.fact("2027-01-01 10:00", "resolved").of("resolution") == []

    def test_the_effort_at_severity_2_has_no_number(self) -> None:
        """To resolve, mitigate or allow the severity to be reduced: noted, not measured."""
        assert "allow the severity level to be reduced" in NETREO.notes("resolution")

    def test_lowered_from_1_it_counts_from_the_opening(self) -> None:
        ticket = NETREO.opened(severity="1").fact("Sat 10:00", "severity_changed", severity="2")
        ticket.assert_due("resolution", "2026-01-12 10:00")
        assert ticket.of("resolution")[0] == "Sat 10:00 resolution warning"

    @pytest.mark.parametrize("answer", ["customer_replied", "work_started"])
    def test_it_pauses_while_waiting_on_the_customer(self, answer: str) -> None:
        ticket = NETREO.opened(severity="4").fact("Tue 10:00", "waiting_on_customer")
        clock = ticket.until("Tue 13:00").clock("resolution")
        assert (clock.state, clock.warn, clock.due) == ("paused", None, None)
        assert clock.remaining == 6 * 24 * 60
        ticket.fact("Tue 16:00", answer)
        assert ticket.clock("resolution").warn == "Fri 16:00"
        ticket.assert_due("resolution", "2026-01-12 16:00")

    def test_nothing_is_reached_while_it_is_paused(self) -> None:
        ticket = NETREO.opened(severity="4").fact("11:00", "waiting_on_customer")
        ticket.fact("2026-01-20 11:00", "customer_replied")
        ticket.assert_due("resolution", "2026-01-27 10:00")

    def test_a_pause_over_the_change_to_summer_time_is_as_long_as_it_was(self) -> None:
        """From Saturday noon to Sunday noon are 23 hours."""
        ticket = NETREO.opened("2026-03-06 10:00", severity="3")
        ticket.fact("2026-03-07 12:00", "waiting_on_customer")
        ticket.fact("2026-03-08 12:00", "customer_replied")
        ticket.assert_due("resolution", "2026-03-14 10:00")

    def test_severity_changes_while_paused_show_at_once(self) -> None:
        ticket = NETREO.opened(severity="3").fact("Tue 10:00", "waiting_on_customer")
        ticket.fact("Wed 10:00", "severity_changed", severity="1")
        assert ticket.clock("resolution").goal is None
        ticket.fact("Thu 10:00", "severity_changed", severity="2")
        clock = ticket.clock("resolution")
        assert (clock.state, clock.goal, clock.due) == ("paused", "7d", None)
        ticket.fact("Fri 10:00", "customer_replied")
        assert ticket.clock("resolution").warn == "2026-01-12 10:00"
        ticket.assert_due("resolution", "2026-01-15 10:00")

    @pytest.mark.parametrize("end", ["resolved", "closed"])
    def test_reopened_it_goes_on_and_the_time_in_between_does_not_count(self, end: str) -> None:
        ticket = NETREO.opened(severity="3").fact("11:00", "agent_replied")
        ticket.fact("Tue 10:00", end).fact("Thu 10:00", "reopened")
        assert ticket.state("first_response") == "met"
        ticket.assert_due("resolution", "2026-01-14 10:00")
        assert ticket.of("resolution")[:2] == [
            "Tue 10:00 resolution met",
            "Thu 10:00 resolution met retracted",
        ]


class TestContinuousEfforts:
    """Severity 1 is actively managed until resolved, a workaround, or downgraded."""

    def test_from_severity_1_until_resolved_and_again_when_reopened(self) -> None:
        ticket = NETREO.opened(severity="1")
        assert ticket.flags == ["active_management"]
        ticket.fact("11:00", "agent_replied").fact("11:30", "waiting_on_customer")
        assert ticket.flags == ["active_management"]
        assert ticket.fact("12:00", "resolved").flags == []
        assert ticket.fact("13:00", "reopened").flags == ["active_management"]
        assert ticket.fact("14:00", "closed").flags == []

    def test_until_a_workaround(self) -> None:
        ticket = NETREO.opened(severity="1").fact("11:00", "workaround_provided")
        assert (ticket.flags, ticket.ticket.status) == ([], "new")
        assert NETREO.opened(severity="1", workaround_available=True).flags == []

    def test_until_downgraded_and_again_when_raised(self) -> None:
        ticket = NETREO.opened(severity="1").fact("11:00", "severity_changed", severity="2")
        assert ticket.flags == []
        ticket.fact("12:00", "severity_changed", severity="1")
        assert ticket.flags == ["active_management"]

    @pytest.mark.parametrize("severity", ["2", "3", "4", "5"])
    def test_other_severities_are_not(self, severity: str) -> None:
        assert NETREO.opened(severity=severity).flags == []

    def test_nor_is_a_cancelled_ticket(self) -> None:
        assert NETREO.opened(severity="1").fact("11:00", "cancelled", reason="invalid").flags == []


class TestReviewedDaily:
    @pytest.mark.parametrize("severity", ["1", "2", "3", "4", "5"])
    def test_all_issues_are(self, severity: str) -> None:
        """Over the weekend, and while waiting on the customer."""
        ticket = NETREO.opened("Fri 10:00", severity=severity)
        ticket.fact("Fri 11:00", "waiting_on_customer").until("2026-01-12 10:00")
        assert ticket.of("daily_review") == [
            f"Sat 10:00 {REVIEW}",
            f"Sun 10:00 {REVIEW}",
            f"2026-01-12 10:00 {REVIEW}",
        ]

    def test_a_day_is_24_hours_over_both_changes_of_summer_time(self) -> None:
        spring = NETREO.opened("2026-03-07 10:00").until("2026-03-09 12:00")
        assert spring.of("daily_review") == [
            f"2026-03-08 11:00 {REVIEW}",
            f"2026-03-09 11:00 {REVIEW}",
        ]
        autumn = NETREO.opened("2026-10-31 10:00").until("2026-11-02 12:00")
        assert autumn.of("daily_review") == [
            f"2026-11-01 09:00 {REVIEW}",
            f"2026-11-02 09:00 {REVIEW}",
        ]

    def test_until_resolved_and_afresh_from_the_reopening(self) -> None:
        ticket = NETREO.opened().fact("Wed 12:00", "resolved").fact("Thu 15:00", "reopened")
        assert ticket.until("Fri 16:00").of("daily_review") == [
            f"Tue 10:00 {REVIEW}",
            f"Wed 10:00 {REVIEW}",
            f"Fri 15:00 {REVIEW}",
        ]

    def test_it_is_a_reminder_and_no_promise(self) -> None:
        commitments = {clock.id: clock.commitment for clock in NETREO.policy.clocks}
        assert commitments.pop("daily_review") == "reminder"
        assert set(commitments.values()) == {"target"}


class TestReplacementHardware:
    def test_ships_within_48_hours_of_validating_a_failure(self) -> None:
        ticket = milestone(NETREO.opened(), "Fri 15:00", "hardware_failure_validated")
        ticket.assert_due("hardware_replacement", "Sun 15:00")
        assert ticket.of("hardware_replacement") == ["Sun 15:00 hardware_replacement breach"]

    @pytest.mark.parametrize(
        ("when", "due"),
        [
            ("2026-03-07 10:00", "2026-03-09 11:00"),
            ("2026-10-31 10:00", "2026-11-02 09:00"),
            ("2026-12-24 16:00", "2026-12-26 16:00"),
        ],
    )
    def test_elapsed_hours(self, when: str, due: str) -> None:
        ticket = milestone(NETREO.opened(when), when, "hardware_failure_validated")
        ticket.assert_due("hardware_replacement", due)

    def test_it_is_pending_until_then(self) -> None:
        ticket = milestone(NETREO.opened(), "11:00", "defect_confirmed")
        assert ticket.state("hardware_replacement") == "pending"

    @pytest.mark.parametrize("end", ["resolved", "closed"])
    def test_it_outlives_resolution(self, end: str) -> None:
        ticket = milestone(NETREO.opened(), "11:00", "hardware_failure_validated")
        ticket.fact("12:00", end)
        assert ticket.clock("hardware_replacement").due == "Wed 11:00"
        milestone(ticket, "Wed 10:00", "replacement_shipped")
        assert ticket.of("hardware_replacement") == ["Wed 10:00 hardware_replacement met"]

    def test_it_may_begin_when_the_ticket_is_resolved(self) -> None:
        ticket = NETREO.opened().fact("11:00", "resolved")
        milestone(ticket, "12:00", "hardware_failure_validated")
        ticket.assert_due("hardware_replacement", "Wed 12:00")


class TestDefects:
    @pytest.mark.parametrize("severity", ["2", "3", "4", "5"])
    @pytest.mark.parametrize(
        ("when", "due"),
        [
            ("11:00", "2026-01-19 11:00"),
            ("2026-03-02 10:00", "2026-03-16 11:00"),
            ("2026-10-26 10:00", "2026-11-09 09:00"),
        ],
    )
    def test_other_defects_are_fixed_within_2_weeks_then_2_weeks_of_regression(
        self, severity: str, when: str, due: str
    ) -> None:
        ticket = milestone(NETREO.opened(when, severity=severity), when, "defect_confirmed")
        assert ticket.state("general_deployment") == "pending"
        ticket.assert_due("defect_fix", due)
        fixed = milestone(NETREO.opened(when, severity=severity), when, "defect_fixed")
        fixed.assert_due("general_deployment", due)

    def test_critical_defects_about_1_week_to_general_deployment(self) -> None:
        ticket = milestone(NETREO.opened(severity="1"), "11:00", "defect_confirmed")
        assert (ticket.clock("defect_fix").goal, ticket.clock("defect_fix").due) == (None, None)
        milestone(ticket, "Tue 12:00", "defect_fixed")
        assert ticket.state("defect_fix") == "met"
        ticket.assert_due("general_deployment", "2026-01-13 12:00")

    def test_both_outlive_resolution(self) -> None:
        ticket = milestone(NETREO.opened(), "11:00", "defect_confirmed").fact("12:00", "resolved")
        ticket.fact("13:00", "closed")
        milestone(ticket, "Tue 11:00", "defect_fixed")
        milestone(ticket, "2026-01-20 11:00", "fix_deployed")
        assert ticket.of("defect_fix") == ["Tue 11:00 defect_fix met"]
        assert ticket.of("general_deployment") == ["2026-01-20 11:00 general_deployment met"]

    def test_the_severity_changes_their_targets(self) -> None:
        ticket = milestone(NETREO.opened(severity="1"), "11:00", "defect_confirmed")
        ticket.fact("12:00", "severity_changed", severity="3")
        assert ticket.clock("defect_fix").due == "2026-01-19 11:00"
        milestone(ticket, "Tue 11:00", "defect_fixed")
        ticket.fact("2026-01-14 11:00", "severity_changed", severity="1")
        ticket.until("2026-01-14 11:00")
        assert ticket.of("general_deployment") == ["2026-01-14 11:00 general_deployment breach"]


class TestStatuses:
    @pytest.mark.parametrize(
        ("facts", "status"),
        [
            ([], "new"),
            (["agent_replied"], "open"),
            (["work_started"], "in_progress"),
            (["work_started", "customer_replied"], "open"),
            (["waiting_on_customer"], "waiting_on_customer"),
            (["waiting_on_customer", "customer_replied"], "open"),
            (["resolved"], "resolved"),
            (["resolved", "closed"], "closed"),
        ],
    )
    def test_are_those_of_the_text(self, facts: list[str], status: str) -> None:
        ticket = NETREO.opened()
        for minute, fact in enumerate(facts):
            ticket.fact(f"11:{minute:02}", fact)
        assert ticket.ticket.status == status

    @pytest.mark.parametrize(
        "data",
        [{"reason": "invalid"}, {"reason": "duplicate", "duplicate_of": "T-0"}],
        ids=["invalid", "duplicate"],
    )
    def test_cancelled_ends_every_clock_and_nobody_is_told_any_more(
        self, data: dict[str, object]
    ) -> None:
        ticket = milestone(NETREO.opened(severity="2"), "11:00", "hardware_failure_validated")
        milestone(ticket, "11:30", "defect_confirmed").fact("12:00", "cancelled", **data)
        ticket.until("2026-12-31 10:00")
        assert ticket.ticket.status == "cancelled"
        assert ticket.raised == ["10:00 notice tier_2 (assignment)"]
        assert {clock.state for clock in ticket.ticket.clocks.values()} == {"pending", "cancelled"}
        assert ticket.facts[-1].data == data


def test_policy_changes_count_from_a_day() -> None:
    """The 30 days' notice of them is the organisation's own."""
    assert NETREO.policy.effective_from == date(2023, 1, 10)
