"""Netreo General Support Services: who answers when, who is assigned and who is told.

Local times are Los Angeles'; the week begins on Monday, 5 January 2026.
"""

import pytest

from tests.organisations.story import Organisation

NETREO = Organisation("netreo", "America/Los_Angeles")


@pytest.mark.parametrize(
    ("when", "within_2_hours", "due"),
    [
        ("10:00", "12:00", "14:00"),
        ("Fri 21:00", "Fri 23:00", "Sat 01:00"),
        ("Sat 23:00", "Sun 01:00", "Sun 03:00"),
        ("2026-12-25 09:00", "2026-12-25 11:00", "2026-12-25 13:00"),
        # To summer time at two on Sunday, 8 March 2026, and from it on 1 November
        ("2026-03-08 01:30", "2026-03-08 04:30", "2026-03-08 06:30"),
        ("2026-11-01 00:30", "2026-11-01 01:30 again", "2026-11-01 03:30"),
    ],
)
def test_severity_1_four_hours_24x7x365_but_within_2_hours_elsewhere(
    when: str, within_2_hours: str, due: str
) -> None:
    """The text contradicts itself: both promises are visible, and the file says so."""
    assert "contradicts itself" in NETREO.notes("first_response")
    ticket = NETREO.opened(when, severity=1, channel="phone")
    clock = ticket.clock("first_response")
    assert (clock.goal, clock.warn) == ("4h", within_2_hours)
    ticket.assert_due("first_response", due)
    assert ticket.of("first_response") == [
        f"{within_2_hours} first_response warning",
        f"{due} first_response breach",
        f"{due} first_response escalation 1 tier_1",
    ]


@pytest.mark.parametrize(
    ("severity", "goal", "when", "due"),
    [
        ("2", "4h", "10:00", "14:00"),
        ("2", "4h", "Fri 22:00", "Sat 02:00"),
        ("2", "4h", "2026-03-08 01:30", "2026-03-08 06:30"),
        ("2", "4h", "2026-10-31 23:30", "2026-11-01 02:30"),
        ("2", "4h", "2026-10-31 22:30", "2026-11-01 01:30 again"),
        ("3", "eobd+1", "10:00", "Tue 17:00"),
        ("3", "eobd+1", "07:00", "Tue 17:00"),
        ("3", "eobd+1", "23:59", "Tue 17:00"),
        ("3", "eobd+1", "Fri 16:00", "2026-01-12 17:00"),
        ("3", "eobd+1", "Sat 11:00", "2026-01-12 17:00"),
        ("3", "eobd+1", "2026-03-06 16:00", "2026-03-09 17:00"),
        ("3", "eobd+1", "2026-10-30 16:00", "2026-11-02 17:00"),
        # No holidays are named
        ("3", "eobd+1", "2026-11-25 16:00", "2026-11-26 17:00"),
        ("4", "2bd", "10:00", "Wed 10:00"),
        ("4", "2bd", "07:00", "Wed 09:00"),
        ("4", "2bd", "18:00", "Thu 09:00"),
        ("4", "2bd", "Fri 16:00", "2026-01-13 16:00"),
        ("4", "2bd", "Sat 11:00", "2026-01-14 09:00"),
        ("4", "2bd", "2026-03-06 16:00", "2026-03-10 16:00"),
        ("4", "2bd", "2026-10-30 16:00", "2026-11-03 16:00"),
        ("5", None, "10:00", None),
        ("5", None, "Sat 11:00", None),
    ],
)
def test_target_response_times(severity: str, goal: str | None, when: str, due: str | None) -> None:
    ticket = NETREO.opened(when, severity=severity)
    assert ticket.clock("first_response").goal == goal
    ticket.assert_due("first_response", due)


@pytest.mark.parametrize(
    ("when", "warned"),
    [
        ("09:00", "13:00"),
        ("10:00", "14:00"),
        ("13:00", "17:00"),
        ("15:00", "Tue 11:00"),
        ("Fri 16:00", "2026-01-12 12:00"),
        ("2026-03-06 16:00", "2026-03-09 12:00"),
        ("2026-10-30 16:00", "2026-11-02 12:00"),
        # Submitted outside business hours
        ("08:59", None),
        ("17:00", None),
        ("Sat 11:00", None),
    ],
)
@pytest.mark.parametrize("severity", ["3", "4", "5"])
def test_non_critical_requests_within_4_hours_when_submitted_during_business_hours(
    severity: str, when: str, warned: str | None
) -> None:
    ticket = NETREO.opened(when, severity=severity)
    assert ticket.clock("first_response").warn == warned
    ticket.until("2026-12-31 10:00")
    found = [line for line in ticket.of("first_response") if line.endswith("warning")]
    assert found == ([] if warned is None else [f"{warned} first_response warning"])


@pytest.mark.parametrize(
    ("severity", "assigned", "told_when_due"),
    [
        ("1", "tier_2", ["14:00 first_response escalation 1 tier_1"]),
        ("2", "tier_2", ["14:00 first_response escalation 1 tier_1"]),
        ("3", "tier_1", ["Tue 17:00 first_response escalation 1 tier_2"]),
        ("4", "tier_1", ["Wed 10:00 first_response escalation 1 tier_2"]),
        ("5", "tier_1", []),
    ],
)
def test_tier_1_and_tier_2_engineers_are_assigned_by_priority(
    severity: str, assigned: str, told_when_due: list[str]
) -> None:
    """When the first response is due the other tier is told."""
    ticket = NETREO.opened(severity=severity, channel="phone").until("Sun 10:00")
    assert ticket.notices == [f"10:00 {assigned} (assignment)"]
    assert [line for line in ticket.of("first_response") if "tier_" in line] == told_when_due


def test_new_support_tickets_default_to_level_3() -> None:
    ticket = NETREO.opened()
    assert ticket.ticket.severity == "3"
    assert ticket.notices == ["10:00 tier_1 (assignment)"]
    assert NETREO.opened(severity="Critical").ticket.severity == "1"


@pytest.mark.parametrize("channel", ["web", "email", "chat", "portal", "api", None])
def test_critical_issues_should_be_initiated_by_phone(channel: str | None) -> None:
    """The clocks run all the same."""
    data = {} if channel is None else {"channel": channel}
    ticket = NETREO.opened("Sat 23:00", severity="1", **data)
    assert ticket.notices == [
        "Sat 23:00 tier_2 (assignment)",
        "Sat 23:00 support_desk (phone_follow_up)",
    ]
    ticket.assert_due("first_response", "Sun 03:00")


@pytest.mark.parametrize("severity", ["2", "3", "4", "5"])
def test_only_critical_issues_are_followed_up_by_phone(severity: str) -> None:
    ticket = NETREO.opened(severity=severity, channel="web").until("Tue 10:00")
    assert not [line for line in ticket.notices if "phone_follow_up" in line]


def test_a_ticket_raised_to_severity_1_is_followed_up_by_phone() -> None:
    """Whatever its channel; once each time it is raised; assigned at opening only."""
    ticket = NETREO.opened(severity="3", channel="phone")
    ticket.fact("11:00", "severity_changed", severity="2")
    ticket.fact("12:00", "severity_changed", severity="1")
    ticket.fact("12:30", "severity_changed", severity="1")
    ticket.fact("13:00", "severity_changed", severity="2")
    ticket.fact("13:30", "severity_changed", severity="1")
    assert ticket.notices == [
        "10:00 tier_1 (assignment)",
        "12:00 support_desk (phone_follow_up)",
        "13:30 support_desk (phone_follow_up)",
    ]


class TestFirstResponseIsMet:
    def test_by_a_public_reply_of_an_agent(self) -> None:
        ticket = NETREO.opened(severity="2").fact("10:30", "acknowledged")
        ticket.fact("11:00", "agent_replied", public=False).fact("11:30", "work_started")
        assert ticket.state("first_response") == "running"
        ticket.fact("14:00", "agent_replied").until("Tue 09:00")
        assert ticket.of("first_response") == ["14:00 first_response met"]

    def test_late_it_is_met_too_and_stays_breached(self) -> None:
        ticket = NETREO.opened(severity="2").fact("14:01", "agent_replied")
        assert ticket.of("first_response") == [
            "14:00 first_response breach",
            "14:00 first_response escalation 1 tier_1",
            "14:01 first_response met",
        ]

    def test_of_severity_5_too_though_nothing_is_due(self) -> None:
        ticket = NETREO.opened(severity="5").fact("16:00", "agent_replied")
        assert ticket.of("first_response") == [
            "14:00 first_response warning",
            "16:00 first_response met",
        ]

    @pytest.mark.parametrize("end", ["resolved", "closed"])
    def test_by_resolving_and_taken_up_again_by_reopening(self, end: str) -> None:
        """The time in between does not count (17)."""
        ticket = NETREO.opened(severity="2").fact("11:00", end).fact("15:00", "reopened")
        ticket.assert_due("first_response", "18:00")
        assert ticket.of("first_response") == [
            "11:00 first_response met",
            "15:00 first_response met retracted",
            "18:00 first_response breach",
            "18:00 first_response escalation 1 tier_1",
        ]


class TestSeverityMayBeRaisedOrLowered:
    """And this may change the expected response: counted anew from the opening (11)."""

    def test_raised_before_either_number(self) -> None:
        ticket = NETREO.opened(severity="3").fact("11:00", "severity_changed", severity="1")
        clock = ticket.clock("first_response")
        assert (clock.goal, clock.warn, clock.due) == ("4h", "12:00", "14:00")
        ticket.assert_due("first_response", "14:00")

    def test_raised_when_both_have_passed(self) -> None:
        """It was warned at 14:00 already, at four hours of the business day."""
        ticket = NETREO.opened(severity="3").fact("15:00", "severity_changed", severity="1")
        assert ticket.until("16:00").raised == [
            "10:00 notice tier_1 (assignment)",
            "14:00 first_response warning",
            "15:00 notice support_desk (phone_follow_up)",
            "15:00 first_response breach",
            "15:00 first_response escalation 1 tier_1",
        ]

    def test_lowered_before_it_was_due(self) -> None:
        ticket = NETREO.opened(severity="1").fact("13:00", "severity_changed", severity="3")
        ticket.assert_due("first_response", "Tue 17:00")
        assert ticket.of("first_response") == [
            "12:00 first_response warning",
            "Tue 17:00 first_response breach",
            "Tue 17:00 first_response escalation 1 tier_2",
        ]

    def test_lowered_after_the_breach_it_stays_breached(self) -> None:
        """Not breached again; the other tier, whom this ladder has not told, is told in turn."""
        ticket = NETREO.opened(severity="1").fact("15:00", "severity_changed", severity="4")
        clock = ticket.clock("first_response")
        assert (clock.goal, clock.due, clock.breached) == ("2bd", "Wed 10:00", "14:00")
        assert ticket.until("Thu 10:00").of("first_response") == [
            "12:00 first_response warning",
            "14:00 first_response breach",
            "14:00 first_response escalation 1 tier_1",
            "Wed 10:00 first_response escalation 1 tier_2",
        ]

    def test_from_1_to_2_after_the_breach_nobody_is_told_twice(self) -> None:
        ticket = NETREO.opened(severity="1").fact("15:00", "severity_changed", severity="2")
        assert ticket.until("Thu 10:00").of("first_response")[1:] == [
            "14:00 first_response breach",
            "14:00 first_response escalation 1 tier_1",
        ]

    def test_lowered_to_5_nothing_is_due(self) -> None:
        ticket = NETREO.opened("09:00", severity="2")
        ticket.fact("12:00", "severity_changed", severity="5")
        ticket.assert_due("first_response", None)
        assert ticket.of("first_response") == ["13:00 first_response warning"]
