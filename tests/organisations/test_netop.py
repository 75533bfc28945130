"""Netop technical support: three lines, each with its own time before a case moves on.

Local times are Copenhagen's; the week begins on Monday, 5 January 2026.
"""

import pytest

from app.domain.errors import FactRefused
from tests.organisations.story import Organisation

NETOP = Organisation("netop", "Europe/Copenhagen")

SECOND = "escalation 1 second_level_support moves to second_level"
PRODUCT = "escalation 1 product_management moves to product_management"


@pytest.mark.parametrize(
    ("severity", "goal", "when", "due"),
    [
        ("critical", "2h", "10:00", "12:00"),
        ("critical", "2h", "Sat 23:30", "Sun 01:30"),
        ("high", "4h", "15:00", "19:00"),
        ("high", "4h", "Fri 22:00", "Sat 02:00"),
        ("medium", "1bd", "10:00", "Tue 10:00"),
        ("medium", "1bd", "08:00", "Tue 09:00"),
        ("medium", "1bd", "18:00", "Wed 09:00"),
        ("medium", "1bd", "Fri 15:30", "2026-01-12 15:30"),
        ("low", "1bd", "Fri 15:30", "2026-01-12 15:30"),
        ("low", "1bd", "Sat 11:00", "2026-01-13 09:00"),
        # No holidays are named
        ("low", "1bd", "2026-12-24 15:30", "2026-12-25 15:30"),
        # To summer time at two on Sunday, 29 March 2026, and from it at three on 25 October
        ("critical", "2h", "2026-03-29 01:30", "2026-03-29 04:30"),
        ("high", "4h", "2026-03-29 01:30", "2026-03-29 06:30"),
        ("medium", "1bd", "2026-03-27 15:30", "2026-03-30 15:30"),
        ("critical", "2h", "2026-10-25 01:30", "2026-10-25 02:30 again"),
        ("high", "4h", "2026-10-25 01:30", "2026-10-25 04:30"),
        ("medium", "1bd", "2026-10-23 15:30", "2026-10-26 15:30"),
    ],
)
def test_response_target_1st_level(severity: str, goal: str, when: str, due: str) -> None:
    """Nobody is told by role when it is missed."""
    ticket = NETOP.opened(when, severity=severity, channel="phone")
    assert ticket.clock("first_response").goal == goal
    ticket.assert_due("first_response", due)
    assert ticket.of("first_response") == [f"{due} first_response breach"]


class TestAResponse:
    def test_a_case_id_is_a_valid_response(self) -> None:
        ticket = NETOP.opened(severity="high").fact("10:05", "acknowledged")
        assert ticket.raised == ["10:05 first_response met", "10:05 acknowledgement met"]

    def test_so_is_an_agent_s_reply_but_it_brings_no_case_id(self) -> None:
        ticket = NETOP.opened(severity="high").fact("10:05", "agent_replied", public=False)
        assert ticket.state("first_response") == "running"
        ticket.fact("10:10", "agent_replied")
        assert ticket.raised == ["10:10 first_response met"]
        assert ticket.state("acknowledgement") == "running"

    @pytest.mark.parametrize("severity", ["critical", "high", "medium", "low"])
    @pytest.mark.parametrize(
        ("when", "due"),
        [
            ("10:00", "Tue 10:00"),
            ("Sat 11:00", "Sun 11:00"),
            ("2026-03-28 12:00", "2026-03-29 13:00"),
            ("2026-10-24 12:00", "2026-10-25 11:00"),
        ],
    )
    def test_an_e_mail_with_the_case_id_within_24_hours(
        self, severity: str, when: str, due: str
    ) -> None:
        ticket = NETOP.opened(when, severity=severity)
        ticket.assert_due("acknowledgement", due)
        assert ticket.of("acknowledgement") == [f"{due} acknowledgement breach"]

    @pytest.mark.parametrize("end", ["resolved", "closed"])
    def test_so_is_resolving_but_no_e_mail_with_the_case_id(self, end: str) -> None:
        ticket = NETOP.opened(severity="high").fact("11:00", end)
        assert (ticket.state("first_response"), ticket.state("acknowledgement")) == (
            "met",
            "cancelled",
        )


@pytest.mark.parametrize(
    ("severity", "goal", "when", "due"),
    [
        ("critical", "5bd", "10:00", "2026-01-12 10:00"),
        ("critical", "5bd", "Fri 15:30", "2026-01-16 15:30"),
        ("critical", "5bd", "Fri 18:00", "2026-01-19 09:00"),
        ("critical", "5bd", "Sat 11:00", "2026-01-19 09:00"),
        ("high", "10bd", "10:00", "2026-01-19 10:00"),
        ("medium", "15bd", "10:00", "2026-01-26 10:00"),
        ("low", "20bd", "10:00", "2026-02-02 10:00"),
        ("critical", "5bd", "2026-03-27 15:30", "2026-04-03 15:30"),
        ("high", "10bd", "2026-03-27 15:30", "2026-04-10 15:30"),
        ("critical", "5bd", "2026-10-23 15:30", "2026-10-30 15:30"),
        ("low", "20bd", "2026-10-23 15:30", "2026-11-20 15:30"),
    ],
)
def test_resolution_target_1st_level(severity: str, goal: str, when: str, due: str) -> None:
    """When due: escalation to the second level, and the ticket moves there."""
    ticket = NETOP.opened(when, severity=severity)
    assert ticket.clock("resolution_first_level").goal == goal
    assert ticket.ticket.line == "first_level"
    ticket.assert_due("resolution_first_level", due)
    assert ticket.of("resolution_first_level") == [
        f"{due} resolution_first_level breach",
        f"{due} resolution_first_level {SECOND}",
    ]
    assert ticket.ticket.line == "second_level"
    assert ticket.clock("resolution_second_level").cycle == 1


@pytest.mark.parametrize(
    ("severity", "goal", "entered", "due", "plan"),
    [
        ("critical", "20bd", "2026-01-12 10:00", "2026-02-09 10:00", "Hot fix"),
        ("high", "30bd", "2026-01-19 10:00", "2026-03-02 10:00", "Hot fix/next release"),
        ("medium", "60bd", "2026-01-26 10:00", "2026-04-20 10:00", "Future release"),
        ("low", "90bd", "2026-02-02 10:00", "2026-06-08 10:00", "Future release"),
    ],
)
def test_resolution_target_2nd_level_and_release_plan(
    severity: str, goal: str, entered: str, due: str, plan: str
) -> None:
    """From entering it; then the ticket moves to Product Management, where nothing is due."""
    ticket = NETOP.opened(severity=severity).until(entered)
    assert ticket.clock("resolution_second_level").goal == goal
    ticket.assert_due("resolution_second_level", due)
    assert ticket.of("resolution_second_level") == [
        f"{due} resolution_second_level breach",
        f"{due} resolution_second_level {PRODUCT}",
    ]
    assert ticket.ticket.line == "product_management"
    told = ticket.last("product_management")
    assert told.data == {"release_plan": plan}
    assert told.effect == {"move_to_line": "product_management"}
    assert ticket.last("second_level_support").data == {}
    assert ticket.next_mark is None


class TestResolved:
    def test_a_workaround_is_a_resolution_and_the_case_is_considered_closed(self) -> None:
        ticket = NETOP.opened(severity="medium").fact("11:00", "workaround_provided")
        assert ticket.ticket.status == "resolved"
        assert ticket.raised == ["11:00 first_response met", "11:00 resolution_first_level met"]
        assert ticket.until("2026-12-31 10:00").raised[2:] == []

    @pytest.mark.parametrize("resolution", ["resolved", "workaround_provided"])
    def test_at_the_very_instant_it_is_in_time(self, resolution: str) -> None:
        ticket = NETOP.opened(severity="critical").fact("10:30", "acknowledged")
        ticket.fact("2026-01-12 10:00", resolution).until("2026-01-13 10:00")
        assert ticket.of("resolution_first_level") == [
            "2026-01-12 10:00 resolution_first_level met"
        ]
        assert ticket.ticket.line == "first_level"

    @pytest.mark.parametrize("resolution", ["resolved", "closed", "workaround_provided"])
    def test_on_the_second_level_its_clock_is_met(self, resolution: str) -> None:
        ticket = NETOP.opened(severity="critical").fact("2026-01-14 10:00", resolution)
        assert ticket.of("resolution_second_level") == [
            "2026-01-14 10:00 resolution_second_level met"
        ]

    @pytest.mark.parametrize("resolution", ["resolved", "closed", "workaround_provided"])
    def test_reopened_the_time_in_between_does_not_count(self, resolution: str) -> None:
        """Sixteen open hours from Wednesday to Friday."""
        ticket = NETOP.opened(severity="critical").fact("10:30", "acknowledged")
        ticket.fact("Wed 10:00", resolution).fact("Fri 10:00", "reopened")
        assert ticket.clock("resolution_first_level").cycle == 1
        ticket.assert_due("resolution_first_level", "2026-01-14 10:00")
        assert ticket.of("resolution_first_level")[:2] == [
            "Wed 10:00 resolution_first_level met",
            "Fri 10:00 resolution_first_level met retracted",
        ]

    def test_reopened_on_the_line_it_was_resolved_on(self) -> None:
        """Entered on 12 January; two days of no work."""
        ticket = NETOP.opened(severity="critical").fact("2026-01-14 10:00", "resolved")
        ticket.fact("2026-01-16 10:00", "reopened")
        assert ticket.state("resolution_first_level") == "cancelled"
        ticket.assert_due("resolution_second_level", "2026-02-11 10:00")


class TestAvailableWorkaround:
    """A Critical case with an available workaround is High, and so on down."""

    @pytest.mark.parametrize(
        ("reported", "severity"),
        [("critical", "high"), ("high", "medium"), ("medium", "low"), ("low", "low")],
    )
    def test_lowers_the_severity_one_step(self, reported: str, severity: str) -> None:
        ticket = NETOP.opened(severity=reported, workaround_available=True)
        assert ticket.ticket.severity == severity
        assert ticket.facts[0].data["severity"] == reported
        changed = NETOP.opened(severity="low")
        changed.fact("11:00", "severity_changed", severity=reported, workaround_available=True)
        assert changed.ticket.severity == severity

    @pytest.mark.parametrize("data", [{}, {"workaround_available": False}])
    @pytest.mark.parametrize("severity", ["critical", "high", "medium", "low"])
    def test_absent_means_false(self, severity: str, data: dict[str, bool]) -> None:
        assert NETOP.opened("10:00", severity=severity, **data).ticket.severity == severity

    def test_the_next_change_says_it_anew(self) -> None:
        ticket = NETOP.opened(severity="critical", workaround_available=True)
        assert ticket.clock("first_response").due == "14:00"
        ticket.fact("11:00", "severity_changed", severity="critical")
        assert ticket.ticket.severity == "critical"
        assert ticket.clock("first_response").due == "12:00"

    def test_steps_do_not_add_up(self) -> None:
        ticket = NETOP.opened(severity="critical", workaround_available=True)
        ticket.fact("11:00", "severity_changed", severity="critical", workaround_available=True)
        assert ticket.ticket.severity == "high"

    def test_the_lower_severity_has_its_targets_and_its_release_plan(self) -> None:
        ticket = NETOP.opened(severity="high", workaround_available=True)
        assert ticket.clock("resolution_first_level").due == "2026-01-26 10:00"
        ticket.fact("11:00", "handed_over", line="product_management")
        assert ticket.last("product_management").data == {"release_plan": "Future release"}

    @pytest.mark.parametrize("severity", [None, "severe", "1"])
    def test_there_is_no_default_severity_and_no_other(self, severity: str | None) -> None:
        with pytest.raises(FactRefused):
            NETOP.opened(severity=severity)


class TestPhoneFollowUp:
    """Any Critical case must be followed up by a phone call to 1st level support."""

    @pytest.mark.parametrize("channel", ["web", "email", "chat", "portal", "api", None])
    def test_of_a_case_not_opened_by_phone(self, channel: str | None) -> None:
        data = {} if channel is None else {"channel": channel}
        ticket = NETOP.opened("Sat 23:30", severity="critical", **data)
        assert ticket.notices == ["Sat 23:30 first_level_support (phone_follow_up)"]

    def test_not_of_one_opened_by_phone(self) -> None:
        assert NETOP.opened(severity="critical", channel="phone").notices == []

    @pytest.mark.parametrize("severity", ["high", "medium", "low"])
    def test_not_of_less_severe_ones(self, severity: str) -> None:
        assert NETOP.opened(severity=severity, channel="web").notices == []

    def test_not_with_an_available_workaround(self) -> None:
        """It is High; Critical once it is raised without one."""
        ticket = NETOP.opened(severity="critical", channel="web", workaround_available=True)
        ticket.fact("11:00", "severity_changed", severity="critical", workaround_available=True)
        assert ticket.notices == []
        ticket.fact("12:00", "severity_changed", severity="critical")
        assert ticket.notices == ["12:00 first_level_support (phone_follow_up)"]

    def test_each_time_it_is_raised_by_whatever_channel_it_was_opened(self) -> None:
        ticket = NETOP.opened(severity="low", channel="phone")
        for when, severity in [
            ("11:00", "critical"),
            ("11:10", "critical"),
            ("11:20", "high"),
            ("11:30", "critical"),
        ]:
            ticket.fact(when, "severity_changed", severity=severity)
        assert ticket.notices == [
            "11:00 first_level_support (phone_follow_up)",
            "11:30 first_level_support (phone_follow_up)",
        ]
