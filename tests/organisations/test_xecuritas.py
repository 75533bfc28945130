"""Xecuritas customer problem resolution: response and resolution, hours and holidays.

Local times are New York's. The text speaks of 2010, whose first Monday is 4 January.
"""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.domain.errors import FactRefused
from tests.organisations.story import Organisation

XECURITAS = Organisation("xecuritas", "America/New_York")

MANAGEMENT = "escalation 1 technical_support_management"

HOLIDAYS = {
    2010: ["01-01", "02-15", "05-31", "07-05", "09-06", "11-25", "11-26", "12-24", "12-31"],
    # New Year's Day on a Sunday
    2012: ["01-02", "02-20", "05-28", "07-04", "09-03", "11-22", "11-23", "12-25"],
    # Independence Day on a Saturday
    2026: ["01-01", "02-16", "05-25", "07-03", "09-07", "11-26", "11-27", "12-25"],
    # Christmas and the next New Year's Day on Saturdays, Independence Day on a Sunday
    2027: ["01-01", "02-15", "05-31", "07-05", "09-06", "11-25", "11-26", "12-24", "12-31"],
}


@pytest.mark.parametrize("year", HOLIDAYS)
def test_observed_holidays(year: int) -> None:
    """In 2010 just those of the text's list; in other years the same by rule."""
    business = XECURITAS.policy.calendars["business"]
    days = [date(year, 1, 1) + timedelta(number) for number in range(365 + (year % 4 == 0))]
    closed = [
        f"{day:%m-%d}"
        for day in days
        if day.weekday() < 5
        and not business.is_open(datetime.combine(day, time(12), XECURITAS.zone).astimezone(UTC))
    ]
    assert closed == HOLIDAYS[year]


@pytest.mark.parametrize(
    ("when", "open_then"),
    [
        ("2010-01-04 07:59", False),
        ("2010-01-04 08:00", True),
        ("2010-01-04 18:59", True),
        ("2010-01-04 19:00", False),
        ("2010-01-08 12:00", True),
        ("2010-01-09 12:00", False),
        ("2010-01-10 12:00", False),
    ],
)
def test_from_8_am_to_7_pm_monday_through_friday(when: str, open_then: bool) -> None:
    at = XECURITAS.opened(when, severity="1").at(when)
    assert XECURITAS.policy.calendars["business"].is_open(at) is open_then


@pytest.mark.parametrize(
    ("when", "due"),
    [
        ("2010-01-04 10:00", "2010-01-04 11:00"),
        ("2010-01-09 23:30", "2010-01-10 00:30"),
        ("2010-11-25 18:30", "2010-11-25 19:30"),
        # To summer time at two on Sunday, 14 March 2010, and from it on 7 November
        ("2010-03-14 01:30", "2010-03-14 03:30"),
        ("2010-11-07 00:30", "2010-11-07 01:30"),
        ("2010-11-07 01:30", "2010-11-07 01:30 again"),
    ],
)
def test_response_1_within_1_hour(when: str, due: str) -> None:
    """24 hours a day, 7 days a week. Nobody is told by role."""
    ticket = XECURITAS.opened(when, severity="1", channel="phone")
    ticket.assert_due("first_response", due)
    assert ticket.of("first_response") == [f"{due} first_response breach"]


@pytest.mark.parametrize(
    ("when", "warned", "due"),
    [
        ("2010-01-04 10:00", "2010-01-04 14:00", "2010-01-04 16:00"),
        ("2010-01-04 16:00", "2010-01-05 09:00", "2010-01-05 11:00"),
        ("2010-01-04 13:00", "2010-01-04 17:00", "2010-01-04 19:00"),
        ("2010-01-08 17:00", "2010-01-11 10:00", "2010-01-11 12:00"),
        ("2010-01-09 11:00", "2010-01-11 12:00", "2010-01-11 14:00"),
        # Each of the list of holidays, from 17:00 on the business day before
        ("2009-12-31 17:00", "2010-01-04 10:00", "2010-01-04 12:00"),
        ("2010-02-12 17:00", "2010-02-16 10:00", "2010-02-16 12:00"),
        ("2010-05-28 17:00", "2010-06-01 10:00", "2010-06-01 12:00"),
        ("2010-07-02 17:00", "2010-07-06 10:00", "2010-07-06 12:00"),
        ("2010-09-03 17:00", "2010-09-07 10:00", "2010-09-07 12:00"),
        ("2010-11-24 17:00", "2010-11-29 10:00", "2010-11-29 12:00"),
        ("2010-12-23 17:00", "2010-12-27 10:00", "2010-12-27 12:00"),
        ("2010-12-30 17:00", "2011-01-03 10:00", "2011-01-03 12:00"),
        # On Columbus Day they work
        ("2010-10-08 17:00", "2010-10-11 10:00", "2010-10-11 12:00"),
        # Summer time
        ("2010-03-12 17:00", "2010-03-15 10:00", "2010-03-15 12:00"),
        ("2010-11-05 17:00", "2010-11-08 10:00", "2010-11-08 12:00"),
    ],
)
def test_response_2_within_4_to_6_hours(when: str, warned: str, due: str) -> None:
    ticket = XECURITAS.opened(when, severity="2")
    assert ticket.clock("first_response").warn == warned
    ticket.assert_due("first_response", due)
    assert ticket.of("first_response") == [
        f"{warned} first_response warning",
        f"{due} first_response breach",
    ]


@pytest.mark.parametrize(
    ("when", "due"),
    [
        ("2010-01-04 10:00", "2010-01-05 10:00"),
        ("2010-01-04 07:00", "2010-01-05 08:00"),
        ("2010-01-04 20:00", "2010-01-06 08:00"),
        ("2010-01-08 15:30", "2010-01-11 15:30"),
        ("2010-01-09 11:00", "2010-01-12 08:00"),
        ("2010-02-12 15:30", "2010-02-16 15:30"),
        ("2010-02-15 11:00", "2010-02-17 08:00"),
        ("2010-11-24 15:30", "2010-11-29 15:30"),
        ("2010-03-12 15:30", "2010-03-15 15:30"),
        ("2010-11-05 15:30", "2010-11-08 15:30"),
    ],
)
def test_response_3_within_1_day(when: str, due: str) -> None:
    """A business day."""
    ticket = XECURITAS.opened(when, severity="3")
    assert ticket.clock("first_response").goal == "1bd"
    ticket.assert_due("first_response", due)


@pytest.mark.parametrize(
    ("severity", "goal", "when", "due"),
    [
        ("1", "24h", "2010-01-04 10:00", "2010-01-05 10:00"),
        ("1", "24h", "2010-11-24 10:00", "2010-11-25 10:00"),
        ("1", "24h", "2010-03-13 12:00", "2010-03-14 13:00"),
        ("1", "24h", "2010-11-06 12:00", "2010-11-07 11:00"),
        ("2", "2bd", "2010-01-04 10:00", "2010-01-06 10:00"),
        ("2", "2bd", "2010-01-07 18:00", "2010-01-11 18:00"),
        ("2", "2bd", "2010-11-24 10:00", "2010-11-30 10:00"),
        ("2", "2bd", "2010-12-23 10:00", "2010-12-28 10:00"),
        ("2", "2bd", "2010-03-12 10:00", "2010-03-16 10:00"),
        ("2", "2bd", "2010-11-05 10:00", "2010-11-09 10:00"),
        ("3", "5bd", "2010-01-04 10:00", "2010-01-11 10:00"),
        ("3", "5bd", "2010-01-09 10:00", "2010-01-18 08:00"),
        ("3", "5bd", "2010-11-24 10:00", "2010-12-03 10:00"),
        ("3", "5bd", "2010-12-23 10:00", "2011-01-03 10:00"),
        ("3", "5bd", "2010-06-30 10:00", "2010-07-08 10:00"),
    ],
)
def test_resolution_1_day_2_days_1_week_else_technical_support_management(
    severity: str, goal: str, when: str, due: str
) -> None:
    """Any severity type that cannot be resolved in its time is escalated."""
    ticket = XECURITAS.opened(when, severity=severity)
    assert ticket.clock("resolution").goal == goal
    ticket.assert_due("resolution", due)
    assert ticket.of("resolution") == [
        f"{due} resolution breach",
        f"{due} resolution {MANAGEMENT}",
    ]


@pytest.mark.parametrize("severity", [None, 4, "high"])
def test_there_are_three_severities_and_none_is_the_default(severity: object) -> None:
    with pytest.raises(FactRefused):
        XECURITAS.opened(severity=severity)


class TestTheEngineersContact:
    """Response is the time until a technical support engineer contacts the customer."""

    @pytest.mark.parametrize(
        "data",
        [{}, {"channel": "email"}, {"channel": "web"}, {"channel": "phone", "public": False}],
        ids=str,
    )
    def test_at_severity_1_only_via_phone(self, data: dict[str, object]) -> None:
        ticket = XECURITAS.opened("2010-01-04 10:00", severity="1", channel="phone")
        ticket.fact("2010-01-04 10:10", "agent_replied", **data)
        ticket.fact("2010-01-04 10:20", "acknowledged")
        assert ticket.state("first_response") == "running"
        ticket.fact("2010-01-04 11:00", "agent_replied", channel="phone")
        assert ticket.of("first_response") == ["2010-01-04 11:00 first_response met"]

    @pytest.mark.parametrize("severity", ["2", "3"])
    @pytest.mark.parametrize("data", [{}, {"channel": "email"}, {"channel": "phone"}], ids=str)
    def test_at_others_by_any_public_reply(self, severity: str, data: dict[str, object]) -> None:
        ticket = XECURITAS.opened("2010-01-04 10:00", severity=severity)
        ticket.fact("2010-01-04 10:10", "agent_replied", public=False)
        assert ticket.state("first_response") == "running"
        ticket.fact("2010-01-04 10:20", "agent_replied", **data)
        assert ticket.of("first_response") == ["2010-01-04 10:20 first_response met"]

    def test_judged_by_the_severity_at_the_reply(self) -> None:
        """An e-mail at severity 1 does not come to count later; one at severity 2 goes on to."""
        lowered = XECURITAS.opened("2010-01-04 10:00", severity="1", channel="phone")
        lowered.fact("2010-01-04 10:10", "agent_replied", channel="email")
        lowered.fact("2010-01-04 10:20", "severity_changed", severity="2")
        assert lowered.state("first_response") == "running"
        lowered.fact("2010-01-04 10:30", "agent_replied", channel="email")
        assert lowered.state("first_response") == "met"
        raised = XECURITAS.opened("2010-01-04 10:00", severity="2")
        raised.fact("2010-01-04 10:10", "agent_replied", channel="email")
        raised.fact("2010-01-04 10:20", "severity_changed", severity="1")
        assert raised.until("2010-01-04 12:00").of("first_response") == [
            "2010-01-04 10:10 first_response met"
        ]

    def test_a_workaround_is_no_contact_and_resolving_is(self) -> None:
        ticket = XECURITAS.opened("2010-01-04 10:00", severity="1", channel="phone")
        ticket.fact("2010-01-04 10:10", "workaround_provided")
        assert ticket.state("first_response") == "running"
        ticket.fact("2010-01-04 10:20", "resolved")
        assert ticket.state("first_response") == "met"


class TestSeverityChanges:
    def test_raised_past_its_target(self) -> None:
        ticket = XECURITAS.opened("2010-01-04 10:00", severity="2")
        ticket.fact("2010-01-04 12:00", "severity_changed", severity="1")
        ticket.until("2010-01-05 12:00")
        assert ticket.raised == [
            "2010-01-04 12:00 first_response breach",
            "2010-01-05 10:00 resolution breach",
            f"2010-01-05 10:00 resolution {MANAGEMENT}",
        ]

    def test_lowered_management_is_not_told_again(self) -> None:
        ticket = XECURITAS.opened("2010-01-04 10:00", severity="1", channel="phone")
        ticket.fact("2010-01-05 11:00", "severity_changed", severity="3")
        clock = ticket.clock("resolution")
        assert (clock.goal, clock.due, clock.breached) == (
            "5bd",
            "2010-01-11 10:00",
            "2010-01-05 10:00",
        )
        assert ticket.until("2010-01-20 10:00").of("resolution") == [
            "2010-01-05 10:00 resolution breach",
            f"2010-01-05 10:00 resolution {MANAGEMENT}",
        ]

    def test_while_paused(self) -> None:
        """Eleven hours of the business day are paused from noon to noon."""
        ticket = XECURITAS.opened("2010-01-04 10:00", severity="3")
        ticket.fact("2010-01-05 12:00", "waiting_on_customer")
        ticket.fact("2010-01-06 10:00", "severity_changed", severity="2")
        clock = ticket.clock("resolution")
        assert (clock.state, clock.goal, clock.due) == ("paused", "2bd", None)
        ticket.fact("2010-01-06 12:00", "customer_replied")
        ticket.assert_due("resolution", "2010-01-07 10:00")
