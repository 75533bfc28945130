"""PortaCare keeps its customers informed: hourly, every two hours, once per business day, once
every other business day, or as agreed.

Local times are Vancouver's; the week begins on Monday, 5 January 2026.
"""

import pytest

from tests.organisations.story import Organisation, Story

PORTAONE = Organisation("portaone", "America/Vancouver")


def answered(when: str, severity: str) -> Story:
    """A request that gets its first e-mail at once."""
    return PORTAONE.opened(when, severity=severity).fact(when, "agent_replied")


class TestUpdates:
    def test_start_with_the_first_email_and_anew_with_each(self) -> None:
        ticket = PORTAONE.opened("10:00", severity="P2")
        assert ticket.state("update") == "pending"
        ticket.fact("10:30", "agent_replied", public=False)
        assert ticket.state("update") == "pending"
        ticket.fact("11:00", "agent_replied").fact("12:00", "customer_replied")
        assert ticket.clock("update").due == "13:00"
        assert ticket.fact("12:30", "agent_replied").clock("update").due == "14:30"
        assert ticket.of("update") == ["12:30 update met"]

    @pytest.mark.parametrize(
        ("severity", "when", "missed"),
        [
            ("P1", "10:00", ["11:00", "12:00", "13:00"]),
            ("P2", "Fri 22:00", ["Sat 00:00", "Sat 02:00", "Sat 04:00"]),
            ("P3", "Thu 15:30", ["Fri 15:30", "2026-01-12 15:30", "2026-01-13 15:30"]),
            ("P3", "Sat 11:00", ["2026-01-13 09:00", "2026-01-14 09:00", "2026-01-15 09:00"]),
            ("P4", "Wed 10:00", ["Fri 10:00", "2026-01-13 10:00", "2026-01-15 10:00"]),
            # Over the changes of summer time
            (
                "P1",
                "2026-03-08 00:30",
                ["2026-03-08 01:30", "2026-03-08 03:30", "2026-03-08 04:30"],
            ),
            (
                "P1",
                "2025-11-02 00:30",
                ["2025-11-02 01:30", "2025-11-02 01:30 again", "2025-11-02 02:30"],
            ),
            (
                "P3",
                "2026-03-06 15:30",
                ["2026-03-09 15:30", "2026-03-10 15:30", "2026-03-11 15:30"],
            ),
        ],
    )
    def test_one_missed_counts_on_from_when_it_was_due(
        self, severity: str, when: str, missed: list[str]
    ) -> None:
        """Each is a breach, and tells nobody."""
        ticket = answered(when, severity).until(missed[-1])
        assert ticket.of("update") == [f"{due} update breach" for due in missed]
        assert {each.role for each in ticket.events if each.clock == "update"} == {None}
        assert ticket.clock("update").cycle == 4

    def test_on_time_at_the_very_instant(self) -> None:
        assert answered("10:00", "P1").fact("11:00", "agent_replied").of("update") == [
            "11:00 update met"
        ]

    def test_none_is_due_when_it_is_resolved_and_afresh_when_reopened(self) -> None:
        ticket = answered("10:00", "P2").fact("10:40", "resolved").fact("15:50", "reopened")
        assert ticket.clock("update").cycle == 2
        assert ticket.until("17:50").of("update") == ["17:50 update breach"]

    def test_none_after_closing_or_cancelling(self) -> None:
        closed = answered("10:00", "P2").fact("10:30", "closed", approved_by_customer=True)
        assert closed.until("Fri 10:00").of("update") == []
        cancelled = answered("10:00", "P2").fact("10:30", "cancelled", reason="merged")
        assert cancelled.until("Fri 10:00").of("update") == []

    def test_a_raise_recomputes_the_running_one(self) -> None:
        ticket = answered("10:30", "P2").fact("11:00", "severity_changed", severity="P1")
        assert ticket.clock("update").due == "11:30"
        late = answered("10:30", "P2").fact("11:45", "severity_changed", severity="P1")
        assert late.until("11:45").of("update") == ["11:45 update breach"]
        assert late.clock("update").due == "12:45"

    def test_lowered_it_counts_in_business_days(self) -> None:
        ticket = answered("Fri 16:00", "P2").fact("Fri 16:30", "severity_changed", severity="P4")
        assert ticket.clock("update").due == "2026-01-13 16:00"


class TestAsAgreedBetweenCustomerAndPortaOne:
    def test_the_running_one_is_recomputed_from_its_start(self) -> None:
        """On the severity's calendar, over severity changes."""
        ticket = PORTAONE.opened(severity="P2").fact("10:30", "agent_replied")
        ticket.fact("11:00", "update_interval_agreed", every="1bd")
        clock = ticket.clock("update")
        assert (clock.cycle, clock.goal, clock.due) == (1, "1bd", "Tue 10:30")
        ticket.fact("11:30", "severity_changed", severity="P3")
        assert ticket.clock("update").due == "Tue 10:30"
        ticket.fact("Fri 15:00", "agent_replied")
        assert ticket.clock("update").due == "2026-01-12 15:00"

    def test_hours_are_those_of_the_severity_s_calendar(self) -> None:
        ticket = answered("16:00", "P2").fact("16:10", "update_interval_agreed", every="4h")
        assert ticket.clock("update").due == "20:00"
        ticket.fact("16:20", "severity_changed", severity="P3")
        assert ticket.clock("update").due == "Tue 12:00"
        ticket.fact("16:30", "severity_changed", severity="P1")
        assert ticket.until("Tue 00:00").of("update") == [
            "20:00 update breach",
            "Tue 00:00 update breach",
        ]

    def test_a_shorter_one_may_be_due_already(self) -> None:
        ticket = answered("10:00", "P4").fact("12:00", "update_interval_agreed", every="1h")
        assert ticket.until("12:30").of("update") == ["12:00 update breach"]
        assert ticket.clock("update").due == "13:00"

    def test_before_the_first_email_it_waits_for_that(self) -> None:
        ticket = PORTAONE.opened(severity="P1").fact("10:10", "update_interval_agreed", every="1d")
        assert ticket.state("update") == "pending"
        ticket.fact("10:20", "agent_replied")
        assert ticket.clock("update").due == "Tue 10:20"
        assert ticket.clock("first_response").goal == "1h"

    def test_it_holds_over_reopening(self) -> None:
        ticket = answered("10:00", "P1").fact("10:10", "update_interval_agreed", every="6h")
        ticket.fact("12:00", "resolved").fact("Tue 12:00", "reopened")
        assert ticket.until("Tue 18:00").of("update") == ["Tue 18:00 update breach"]

    def test_until_something_else_is_agreed(self) -> None:
        ticket = answered("10:00", "P1").fact("10:10", "update_interval_agreed", every="6h")
        ticket.fact("10:20", "update_interval_agreed", every="2h")
        assert ticket.clock("update").due == "12:00"

    @pytest.mark.parametrize("every", ["30s", "0m", "0bd", "soon", "-1h"])
    def test_less_than_a_minute_is_no_interval(self, every: str) -> None:
        ticket = answered("10:00", "P1")
        ticket.assert_refused("10:10", "update_interval_agreed", every=every)
        assert ticket.clock("update").due == "11:00"

    def test_a_minute_is(self) -> None:
        ticket = answered("10:00", "P1").fact("10:00", "update_interval_agreed", every="1m")
        assert ticket.clock("update").due == "10:01"
