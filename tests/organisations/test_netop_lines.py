"""Netop technical support: cases that are handed over, that wait, and whose severity changes.

Local times are Copenhagen's; the week begins on Monday, 5 January 2026.
"""

import pytest

from tests.organisations.story import Organisation

NETOP = Organisation("netop", "Europe/Copenhagen")

SECOND = "escalation 1 second_level_support moves to second_level"
PRODUCT = "escalation 1 product_management moves to product_management"

PLANS = [
    ("critical", "Hot fix"),
    ("high", "Hot fix/next release"),
    ("medium", "Future release"),
    ("low", "Future release"),
]


class TestHandedOver:
    def test_a_partner_who_needs_help_escalates_to_the_2nd_level(self) -> None:
        """Its clock counts from entering; that of the line left ends cancelled."""
        ticket = NETOP.opened(severity="critical", channel="phone").fact("11:00", "acknowledged")
        ticket.fact("Wed 14:00", "handed_over", line="second_level")
        assert ticket.notices == ["Wed 14:00 second_level_support (handed_over)"]
        assert ticket.state("resolution_first_level") == "cancelled"
        ticket.assert_due("resolution_second_level", "2026-02-04 14:00")
        assert ticket.raised[-1] == f"2026-02-04 14:00 resolution_second_level {PRODUCT}"

    def test_on_a_weekend_it_counts_from_monday_morning(self) -> None:
        ticket = NETOP.opened(severity="critical")
        ticket.fact("Sat 11:00", "handed_over", line="second_level")
        ticket.assert_due("resolution_second_level", "2026-02-09 09:00")

    @pytest.mark.parametrize(("severity", "plan"), PLANS)
    def test_an_established_error_is_assigned_to_product_management(
        self, severity: str, plan: str
    ) -> None:
        ticket = NETOP.opened(severity=severity, channel="phone").fact("11:00", "acknowledged")
        ticket.fact("12:00", "handed_over", line="second_level")
        ticket.fact("13:00", "handed_over", line="product_management")
        assert ticket.notices == [
            "12:00 second_level_support (handed_over)",
            "13:00 product_management (handed_over)",
        ]
        assert ticket.last("product_management").data == {"release_plan": plan}
        assert ticket.last("second_level_support").data == {}
        assert ticket.state("resolution_second_level") == "cancelled"
        assert ticket.next_mark is None

    def test_moving_when_due_is_no_handing_over(self) -> None:
        """The role is told once, by the escalation."""
        ticket = NETOP.opened(severity="critical", channel="phone").until("2026-02-10 10:00")
        assert ticket.notices == []

    def test_to_the_line_it_is_on_already_nobody_is_told(self) -> None:
        ticket = NETOP.opened(severity="critical", channel="phone").until("2026-01-12 10:00")
        ticket.fact("2026-01-12 11:00", "handed_over", line="second_level")
        assert ticket.notices == []
        assert ticket.clock("resolution_second_level").due == "2026-02-09 10:00"

    def test_product_management_is_told_once_of_what_it_has(self) -> None:
        ticket = NETOP.opened(severity="critical", channel="phone")
        ticket.fact("11:00", "handed_over", line="product_management")
        ticket.fact("12:00", "handed_over", line="product_management")
        assert ticket.notices == ["11:00 product_management (handed_over)"]

    def test_back_to_the_first_level_its_clock_counts_anew(self) -> None:
        ticket = NETOP.opened(severity="critical", channel="phone")
        ticket.fact("11:00", "handed_over", line="second_level")
        ticket.fact("Tue 12:00", "handed_over", line="first_level")
        assert ticket.notices == ["11:00 second_level_support (handed_over)"]
        assert ticket.clock("resolution_first_level").cycle == 2
        ticket.assert_due("resolution_first_level", "2026-01-13 12:00")

    def test_each_entering_of_the_second_level_counts_and_is_told(self) -> None:
        ticket = NETOP.opened(severity="high", channel="phone")
        ticket.fact("11:00", "handed_over", line="second_level")
        ticket.fact("12:00", "handed_over", line="product_management")
        ticket.fact("Wed 12:00", "handed_over", line="second_level")
        assert ticket.notices == [
            "11:00 second_level_support (handed_over)",
            "12:00 product_management (handed_over)",
            "Wed 12:00 second_level_support (handed_over)",
        ]
        clock = ticket.clock("resolution_second_level")
        assert (clock.cycle, clock.due) == (2, "2026-02-18 12:00")

    def test_by_hand_at_the_very_instant_of_the_target(self) -> None:
        """The fact comes first: no breach, and the role is told of the handing over alone."""
        ticket = NETOP.opened(severity="critical", channel="phone")
        ticket.fact("2026-01-12 10:00", "handed_over", line="second_level")
        ticket.until("2026-01-13 10:00")
        assert ticket.of("resolution_first_level") == []
        assert ticket.notices == ["2026-01-12 10:00 second_level_support (handed_over)"]

    def test_while_resolved_the_line_entered_is_worked_on_from_the_reopening(self) -> None:
        """The day since entering it, on which the case was resolved, does not count."""
        ticket = NETOP.opened(severity="critical", channel="phone").fact("Wed 10:00", "resolved")
        ticket.fact("Thu 10:00", "handed_over", line="second_level")
        assert ticket.state("resolution_second_level") == "pending"
        assert ticket.notices == ["Thu 10:00 second_level_support (handed_over)"]
        ticket.fact("Fri 10:00", "reopened")
        assert ticket.state("resolution_first_level") == "cancelled"
        ticket.assert_due("resolution_second_level", "2026-02-06 10:00")

    def test_there_are_three_lines(self) -> None:
        ticket = NETOP.opened(severity="low")
        assert ticket.ticket.line == "first_level"
        ticket.assert_refused("11:00", "handed_over", line="third_level")

    def test_a_case_opened_on_the_second_level_counts_from_there(self) -> None:
        ticket = NETOP.opened(severity="critical", channel="phone", line="second_level")
        assert ticket.state("resolution_first_level") == "pending"
        ticket.assert_due("resolution_second_level", "2026-02-02 10:00")


class TestReleasePlan:
    """In the data of whatever tells Product Management."""

    @pytest.mark.parametrize(("severity", "plan"), PLANS)
    def test_when_a_person_escalates_to_it(self, severity: str, plan: str) -> None:
        ticket = NETOP.opened(severity=severity, channel="phone")
        ticket.fact("11:00", "escalated", to="product_management", reason="asks for a date")
        assert ticket.notices == ["11:00 product_management (asks for a date)"]
        assert ticket.last("product_management").data == {"release_plan": plan}
        assert ticket.ticket.line == "first_level"

    def test_not_when_others_are_told(self) -> None:
        ticket = NETOP.opened(severity="critical")
        ticket.fact("11:00", "escalated", to="second_level_support")
        assert ticket.last("first_level_support").data == {}
        assert ticket.last("second_level_support").data == {}

    def test_by_the_severity_at_the_telling(self) -> None:
        ticket = NETOP.opened(severity="low", channel="phone")
        ticket.fact("11:00", "handed_over", line="second_level")
        ticket.fact("12:00", "severity_changed", severity="high")
        ticket.until("2026-12-31 10:00")
        assert ticket.last("product_management").data == {"release_plan": "Hot fix/next release"}


class TestMoreInformationMayBeRequested:
    """The resolution clocks pause while waiting on the customer."""

    @pytest.mark.parametrize(
        ("asked", "answered", "due"),
        [
            # Eight open hours
            ("Tue 12:00", "Wed 12:00", "2026-01-13 10:00"),
            # At night and over the weekend nothing is lost
            ("Tue 17:00", "Wed 09:00", "2026-01-12 10:00"),
            ("Fri 17:00", "2026-01-12 09:00", "2026-01-12 10:00"),
            # The last hour before the target remains
            ("2026-01-12 09:00", "2026-01-20 09:00", "2026-01-20 10:00"),
        ],
    )
    def test_open_time_that_was_paused_is_added_on(
        self, asked: str, answered: str, due: str
    ) -> None:
        ticket = NETOP.opened(severity="critical").fact(asked, "waiting_on_customer")
        clock = ticket.clock("resolution_first_level")
        assert (clock.state, clock.due) == ("paused", None)
        ticket.fact(answered, "customer_replied")
        ticket.assert_due("resolution_first_level", due)

    def test_a_pause_over_the_change_of_summer_time(self) -> None:
        """From Friday to Monday, 15:00 to 10:00: three open hours, in spring as in autumn."""
        spring = NETOP.opened("2026-03-25 10:00", severity="critical")
        spring.fact("2026-03-27 15:00", "waiting_on_customer")
        spring.fact("2026-03-30 10:00", "customer_replied")
        spring.assert_due("resolution_first_level", "2026-04-01 13:00")
        autumn = NETOP.opened("2026-10-21 10:00", severity="critical")
        autumn.fact("2026-10-23 15:00", "waiting_on_customer")
        autumn.fact("2026-10-26 10:00", "customer_replied")
        autumn.assert_due("resolution_first_level", "2026-10-28 13:00")

    def test_the_response_does_not_pause(self) -> None:
        ticket = NETOP.opened(severity="critical").fact("11:00", "waiting_on_customer")
        ticket.assert_due("first_response", "12:00")
        ticket.assert_due("acknowledgement", "Tue 10:00")

    def test_a_case_does_not_move_while_it_waits(self) -> None:
        ticket = NETOP.opened(severity="critical").fact("Tue 12:00", "waiting_on_customer")
        assert ticket.until("2026-06-01 10:00").ticket.line == "first_level"

    def test_a_pause_that_begins_at_the_instant_of_the_target_comes_first(self) -> None:
        """What is due by then is reached at the resumption."""
        ticket = NETOP.opened(severity="critical")
        ticket.fact("2026-01-12 10:00", "waiting_on_customer").until("2026-01-13 10:00")
        assert ticket.of("resolution_first_level") == []
        ticket.fact("2026-01-14 10:00", "customer_replied").until("2026-01-14 10:00")
        assert ticket.clock("resolution_first_level").breached == "2026-01-14 10:00"
        assert ticket.clock("resolution_second_level").due == "2026-02-11 10:00"

    def test_handed_over_while_it_waits_the_next_clock_begins_paused(self) -> None:
        ticket = NETOP.opened(severity="critical").fact("Tue 12:00", "waiting_on_customer")
        ticket.fact("Wed 12:00", "handed_over", line="second_level")
        clock = ticket.clock("resolution_second_level")
        assert (clock.state, clock.due) == ("paused", None)
        ticket.fact("Thu 12:00", "customer_replied")
        ticket.assert_due("resolution_second_level", "2026-02-05 12:00")


class TestSeverityChanges:
    def test_a_running_clock_is_recomputed_from_its_own_start(self) -> None:
        ticket = NETOP.opened(severity="high")
        ticket.fact("Wed 10:00", "severity_changed", severity="low")
        assert ticket.clock("resolution_first_level").due == "2026-02-02 10:00"
        ticket.fact("Thu 10:00", "severity_changed", severity="critical")
        ticket.assert_due("resolution_first_level", "2026-01-12 10:00")

    def test_raised_past_its_target_the_case_moves_at_once(self) -> None:
        ticket = NETOP.opened(severity="high").fact("11:00", "acknowledged")
        ticket.fact("2026-01-14 10:00", "severity_changed", severity="critical")
        ticket.until("2026-01-14 10:00")
        assert ticket.raised[2:] == [
            "2026-01-14 10:00 notice first_level_support (phone_follow_up)",
            "2026-01-14 10:00 resolution_first_level breach",
            f"2026-01-14 10:00 resolution_first_level {SECOND}",
        ]
        assert ticket.events[-1].target_at == ticket.at("2026-01-12 10:00")
        ticket.assert_due("resolution_second_level", "2026-02-11 10:00")

    def test_on_the_second_level_from_entering_it(self) -> None:
        ticket = NETOP.opened(severity="critical")
        ticket.fact("Tue 10:00", "handed_over", line="second_level")
        ticket.fact("Wed 10:00", "severity_changed", severity="medium")
        ticket.assert_due("resolution_second_level", "2026-03-31 10:00")

    def test_while_paused_it_shows_at_once_its_deadline_at_the_resumption(self) -> None:
        ticket = NETOP.opened(severity="high").fact("Tue 10:00", "waiting_on_customer")
        ticket.fact("Wed 10:00", "severity_changed", severity="critical")
        clock = ticket.clock("resolution_first_level")
        assert (clock.state, clock.goal, clock.due) == ("paused", "5bd", None)
        ticket.fact("Thu 10:00", "customer_replied")
        ticket.assert_due("resolution_first_level", "2026-01-14 10:00")

    def test_the_response_too(self) -> None:
        """In hours day and night, or in business days."""
        ticket = NETOP.opened("Sat 11:00", severity="medium")
        ticket.fact("Sat 12:00", "severity_changed", severity="high")
        assert ticket.clock("first_response").due == "Sat 15:00"
        ticket.fact("Sat 14:00", "severity_changed", severity="critical").until("Sat 14:00")
        assert ticket.clock("first_response").breached == "Sat 14:00"
        ticket.fact("Sat 16:00", "severity_changed", severity="low")
        clock = ticket.clock("first_response")
        assert (clock.due, clock.breached) == ("2026-01-13 09:00", "Sat 14:00")
        assert ticket.until("2026-01-14 10:00").of("first_response") == [
            "Sat 14:00 first_response breach"
        ]
