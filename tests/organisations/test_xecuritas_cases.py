"""Xecuritas customer problem resolution: pager, silence, feature requests, and how cases end.

Local times are New York's; the week begins on Monday, 5 January 2026.
"""

import pytest

from tests.organisations.story import Organisation, Story

XECURITAS = Organisation("xecuritas", "America/New_York")

CLOSES = "customer_silence escalation 1 support_desk (customer_silence) closes"
MANAGEMENT = "escalation 1 technical_support_management"


class TestPager:
    """After hours, Severity-1 cases opened online alert the on-call staff."""

    @pytest.mark.parametrize("channel", ["web", "portal"])
    @pytest.mark.parametrize(
        "when",
        [
            "19:00",
            "23:30",
            "07:59",
            "Sat 12:00",
            "Sun 12:00",
            "2010-02-15 12:00",
            "2010-12-24 12:00",
        ],
    )
    def test_after_hours_online(self, when: str, channel: str) -> None:
        ticket = XECURITAS.opened(when, severity="1", channel=channel)
        assert ticket.notices == [f"{when} on_call (after_hours_page)"]

    @pytest.mark.parametrize("when", ["08:00", "12:00", "18:59", "2010-11-24 12:00"])
    def test_not_in_support_hours(self, when: str) -> None:
        assert XECURITAS.opened(when, severity="1", channel="web").notices == []

    @pytest.mark.parametrize("channel", ["phone", "email", "chat", "api", None])
    def test_not_by_another_channel(self, channel: str | None) -> None:
        data = {} if channel is None else {"channel": channel}
        assert XECURITAS.opened("Sat 12:00", severity="1", **data).notices == []

    @pytest.mark.parametrize("severity", ["2", "3"])
    def test_not_at_another_severity_even_when_raised(self, severity: str) -> None:
        ticket = XECURITAS.opened("Sat 12:00", severity=severity, channel="web")
        assert ticket.fact("Sat 13:00", "severity_changed", severity="1").notices == []


class TestResolutionIsAFixAWorkaroundOrAPlan:
    @pytest.mark.parametrize(
        ("fact", "data"),
        [
            ("resolved", {}),
            ("workaround_provided", {}),
            ("milestone_reached", {"milestone": "resolution_plan_delivered"}),
            ("closed", {}),
        ],
    )
    def test_met_in_time_management_is_not_told(self, fact: str, data: dict[str, object]) -> None:
        ticket = XECURITAS.opened(severity="2").fact("11:00", "agent_replied")
        ticket.fact("Wed 10:00", fact, **data).until("Fri 10:00")
        assert ticket.raised == ["11:00 first_response met", "Wed 10:00 resolution met"]

    def test_workaround_and_plan_leave_the_case_open(self) -> None:
        ticket = XECURITAS.opened(severity="2").fact("11:00", "work_started")
        ticket.fact("12:00", "workaround_provided")
        assert ticket.ticket.status == "in_progress"
        ticket.fact("13:00", "milestone_reached", milestone="resolution_plan_delivered")
        assert ticket.ticket.status == "in_progress"

    def test_another_milestone_is_no_plan(self) -> None:
        ticket = XECURITAS.opened(severity="2").fact("11:00", "milestone_reached", milestone="seen")
        assert ticket.state("resolution") == "running"

    def test_reopening_a_case_that_is_open_changes_nothing(self) -> None:
        ticket = XECURITAS.opened(severity="2")
        ticket.fact("12:00", "milestone_reached", milestone="resolution_plan_delivered")
        ticket.fact("13:00", "reopened")
        assert ticket.of("resolution") == ["12:00 resolution met"]

    @pytest.mark.parametrize(
        ("fact", "data"),
        [
            ("workaround_provided", {}),
            ("milestone_reached", {"milestone": "resolution_plan_delivered"}),
        ],
    )
    def test_reopened_it_goes_on_from_where_the_work_ended(
        self, fact: str, data: dict[str, object]
    ) -> None:
        """Delivered on Tuesday at ten; from then to Wednesday at ten are eleven open hours."""
        ticket = XECURITAS.opened(severity="2").fact("11:00", "agent_replied")
        ticket.fact("Tue 10:00", fact, **data).fact("Tue 12:00", "resolved")
        ticket.fact("Wed 10:00", "reopened")
        assert ticket.clock("resolution").cycle == 1
        ticket.assert_due("resolution", "Thu 10:00")
        assert ticket.of("resolution") == [
            "Tue 10:00 resolution met",
            "Wed 10:00 resolution met retracted",
            "Thu 10:00 resolution breach",
            f"Thu 10:00 resolution {MANAGEMENT}",
        ]

    def test_late_management_was_told_and_it_is_met_all_the_same(self) -> None:
        ticket = XECURITAS.opened(severity="1", channel="phone").fact("Tue 12:00", "resolved")
        assert ticket.of("resolution") == [
            "Tue 10:00 resolution breach",
            f"Tue 10:00 resolution {MANAGEMENT}",
            "Tue 12:00 resolution met",
        ]


class TestResolutionPausesWhileWaitingOnTheCustomer:
    @pytest.mark.parametrize(
        ("severity", "asked", "answered", "due"),
        [
            # Day and night at severity 1
            ("1", "20:00", "Tue 08:00", "Tue 22:00"),
            # Hours of the business day at others
            ("2", "20:00", "Tue 08:00", "Wed 10:00"),
            ("2", "16:00", "Tue 12:00", "Wed 17:00"),
            ("3", "Fri 16:00", "2026-01-12 09:00", "2026-01-12 14:00"),
        ],
    )
    def test_paused_time_does_not_count(
        self, severity: str, asked: str, answered: str, due: str
    ) -> None:
        ticket = XECURITAS.opened(severity=severity, channel="phone")
        ticket.fact(asked, "waiting_on_customer").fact(answered, "customer_replied")
        ticket.assert_due("resolution", due)

    def test_paused_over_a_holiday(self) -> None:
        """From Friday 18:00 to Tuesday 09:00 are two open hours: Monday is a holiday."""
        ticket = XECURITAS.opened("2026-02-12 10:00", severity="2")
        ticket.fact("2026-02-13 18:00", "waiting_on_customer")
        ticket.fact("2026-02-17 09:00", "customer_replied")
        ticket.assert_due("resolution", "2026-02-17 12:00")

    def test_the_response_does_not(self) -> None:
        ticket = XECURITAS.opened(severity="2").fact("11:00", "waiting_on_customer")
        ticket.assert_due("first_response", "16:00")


def waiting(**attributes: object) -> Story:
    """A case that has been answered, and waits on its customer since noon on 5 January."""
    ticket = XECURITAS.opened(severity="3", attributes=attributes).fact("11:00", "agent_replied")
    return ticket.fact("12:00", "waiting_on_customer")


def kept_open(ticket: Story, when: str, keep_open: bool) -> Story:
    return ticket.fact(when, "updated", attributes={"keep_open": keep_open})


class TestClosedAfter10DaysWithoutAResponse:
    def test_the_support_desk_is_told(self) -> None:
        ticket = waiting().until("2026-03-01 10:00")
        assert ticket.raised == [
            "11:00 first_response met",
            f"2026-01-15 12:00 {CLOSES}",
            "2026-01-15 12:00 resolution met",
        ]
        assert ticket.ticket.status == "closed"
        assert ticket.events[1].effect == {"close": True, "reason": "customer_silence"}

    @pytest.mark.parametrize(
        ("since", "closed"),
        [
            ("2010-03-08 10:00", "2010-03-18 11:00"),
            ("2010-11-01 10:00", "2010-11-11 09:00"),
            ("2010-12-20 10:00", "2010-12-30 10:00"),
        ],
    )
    def test_days_are_24_hours_also_over_holidays(self, since: str, closed: str) -> None:
        ticket = XECURITAS.opened(since, severity="3").fact(since, "waiting_on_customer")
        assert f"{closed} {CLOSES}" in ticket.until(closed).raised

    @pytest.mark.parametrize("when", ["12:01", "2026-01-15 12:00"])
    @pytest.mark.parametrize("answer", ["customer_replied", "work_started", "resolved"])
    def test_not_when_the_customer_has_answered(self, when: str, answer: str) -> None:
        ticket = waiting().fact(when, answer).until("2026-03-01 10:00")
        assert ticket.of("customer_silence") == []

    def test_the_next_waiting_has_ten_days_of_its_own(self) -> None:
        ticket = waiting().fact("Fri 12:00", "customer_replied")
        ticket.fact("Sat 12:00", "waiting_on_customer").fact("Sun 12:00", "waiting_on_customer")
        assert ticket.until("2026-03-01 10:00").of("customer_silence") == [
            f"2026-01-20 12:00 {CLOSES}"
        ]

    def test_reopened_it_is_worked_on_and_the_time_closed_does_not_count(self) -> None:
        """121 open hours, or eleven business days, from 5 January, noon, to 20 January, noon."""
        ticket = waiting().fact("2026-01-20 12:00", "reopened")
        assert ticket.ticket.status == "open"
        assert ticket.clock("customer_silence").state == "cancelled"
        ticket.assert_due("resolution", "2026-01-27 10:00")


class TestOtherArrangements:
    """Not while the attribute keep_open is true: a condition on the mark, not on the clock."""

    def test_made_before_the_waiting(self) -> None:
        ticket = waiting(keep_open=True).until("2026-03-01 10:00")
        assert (ticket.of("customer_silence"), ticket.ticket.status) == ([], "waiting_on_customer")
        assert ticket.state("customer_silence") == "running"

    @pytest.mark.parametrize("when", ["Tue 10:00", "2026-01-15 12:00"])
    def test_made_before_the_ten_days_end(self, when: str) -> None:
        """At the very instant, too: the fact comes first."""
        ticket = kept_open(waiting(), when, True).until("2026-03-01 10:00")
        assert (ticket.of("customer_silence"), ticket.ticket.status) == ([], "waiting_on_customer")

    def test_made_after_the_ten_days_it_is_too_late(self) -> None:
        ticket = kept_open(waiting(), "2026-01-15 12:01", True)
        assert (ticket.of("customer_silence"), ticket.ticket.status) == (
            [f"2026-01-15 12:00 {CLOSES}"],
            "closed",
        )
        ticket.fact("2026-01-16 10:00", "reopened").fact("2026-01-16 11:00", "waiting_on_customer")
        assert len(ticket.until("2026-03-01 10:00").of("customer_silence")) == 1

    def test_ended_before_the_ten_days_do(self) -> None:
        ticket = kept_open(waiting(keep_open=True), "Wed 10:00", False)
        assert ticket.until("2026-03-01 10:00").of("customer_silence") == [
            f"2026-01-15 12:00 {CLOSES}"
        ]

    def test_ended_after_them_it_is_closed_at_once(self) -> None:
        ticket = kept_open(waiting(keep_open=True), "2026-01-20 10:00", False)
        ticket.until("2026-03-01 10:00")
        assert ticket.of("customer_silence") == [f"2026-01-20 10:00 {CLOSES}"]
        silence = next(each for each in ticket.events if each.clock == "customer_silence")
        assert silence.target_at == ticket.at("2026-01-15 12:00")

    def test_ended_after_the_customer_has_answered_nothing_happens(self) -> None:
        ticket = waiting(keep_open=True).fact("2026-01-19 10:00", "customer_replied")
        kept_open(ticket, "2026-01-20 10:00", False).until("2026-03-01 10:00")
        assert ticket.of("customer_silence") == []


class TestRequestsForNewFunctionality:
    def test_are_no_problems_and_product_management_is_told(self) -> None:
        """At severity 1, online and after hours, too."""
        ticket = XECURITAS.opened(
            "Sat 12:00", severity="1", channel="web", kind="feature_request"
        ).fact("Sat 13:00", "waiting_on_customer")
        ticket.until("2026-03-01 10:00")
        assert ticket.raised == ["Sat 12:00 notice product_management (feature_request)"]
        assert {clock.state for clock in ticket.ticket.clocks.values()} == {"pending"}
        assert ticket.ticket.status == "waiting_on_customer"

    def test_told_once(self) -> None:
        ticket = XECURITAS.opened(severity="3", kind="feature_request")
        ticket.fact("11:00", "updated", kind="feature_request", title="Please add")
        ticket.fact("12:00", "updated", title="Please do add").fact("13:00", "resolved")
        assert ticket.raised == ["10:00 notice product_management (feature_request)"]

    def test_told_once_however_often_the_kind_changes(self) -> None:
        ticket = XECURITAS.opened(severity="3", kind="feature_request")
        ticket.fact("11:00", "updated", kind="problem").fact(
            "12:00", "updated", kind="feature_request"
        )
        assert ticket.raised == ["10:00 notice product_management (feature_request)"]

    def test_a_problem_that_turns_out_to_be_one(self) -> None:
        """Its clocks end cancelled."""
        ticket = XECURITAS.opened(severity="3", kind="problem")
        ticket.fact("11:00", "updated", kind="feature_request").until("2026-03-01 10:00")
        assert ticket.raised == ["11:00 notice product_management (feature_request)"]
        assert (ticket.state("first_response"), ticket.state("resolution")) == (
            "cancelled",
            "cancelled",
        )

    def test_one_that_turns_out_to_be_a_problem(self) -> None:
        """Its clocks count from the opening."""
        ticket = XECURITAS.opened(severity="2", kind="feature_request")
        ticket.fact("12:00", "updated", kind="problem")
        ticket.assert_due("first_response", "16:00")
        ticket.assert_due("resolution", "Wed 10:00")


class TestEscalatedByTheCustomer:
    @pytest.mark.parametrize("role", ["account_manager", "technical_support_director"])
    def test_to_the_account_manager_or_the_director(self, role: str) -> None:
        ticket = XECURITAS.opened(severity="3")
        ticket.fact("11:00", "escalated", to=role, reason="too slow")
        assert ticket.notices == [f"11:00 {role} (too slow)"]
        assert ticket.clock("resolution").due == "2026-01-12 10:00"


def test_third_party_causes_leave_the_procedure() -> None:
    ticket = XECURITAS.opened(severity="2").fact("11:00", "cancelled", reason="third_party")
    assert ticket.until("2026-03-01 10:00").raised == []
    assert ticket.ticket.status == "cancelled"
    assert ticket.next_mark is None
