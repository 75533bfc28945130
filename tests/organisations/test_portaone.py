"""PortaCare, as its text promises it: who is answered, updated and told when.

Local times are Vancouver's; the week begins on Monday, 5 January 2026.
"""

import pytest

from app.domain.errors import FactRefused
from tests.organisations.story import Organisation, Story

PORTAONE = Organisation("portaone", "America/Vancouver")

TSM = "technical_support_manager"
CRM = "customer_relations_manager"
CTO = "cto"


def opened(when: str = "10:00", severity: object = "P2") -> Story:
    return PORTAONE.opened(when, severity=severity)


@pytest.mark.parametrize(
    ("severity", "when", "due"),
    [
        ("P1", "10:00", "11:00"),
        ("P1", "Sat 23:30", "Sun 00:30"),
        ("P2", "10:00", "12:00"),
        ("P2", "Fri 23:00", "Sat 01:00"),
        ("P3", "10:00", "Tue 10:00"),
        ("P3", "08:00", "Tue 09:00"),
        ("P3", "17:00", "Wed 09:00"),
        ("P3", "Fri 15:30", "2026-01-12 15:30"),
        ("P3", "Sat 11:00", "2026-01-13 09:00"),
        ("P3", "Fri 18:00", "2026-01-13 09:00"),
        ("P4", "10:00", "Wed 10:00"),
        ("P4", "Thu 16:00", "2026-01-12 16:00"),
        ("P4", "Sun 11:00", "2026-01-14 09:00"),
        # To summer time, at two o'clock on Sunday, 8 March 2026
        ("P1", "2026-03-08 01:30", "2026-03-08 03:30"),
        ("P2", "2026-03-08 01:30", "2026-03-08 04:30"),
        ("P3", "2026-03-06 15:30", "2026-03-09 15:30"),
        ("P4", "2026-03-06 15:30", "2026-03-10 15:30"),
        # And from it, at two o'clock on Sunday, 2 November 2025
        ("P1", "2025-11-02 00:30", "2025-11-02 01:30"),
        ("P2", "2025-11-02 00:30", "2025-11-02 01:30 again"),
        ("P3", "2025-10-31 15:30", "2025-11-03 15:30"),
        ("P4", "2025-10-31 15:30", "2025-11-04 15:30"),
    ],
)
def test_first_email_and_updates_are_due(severity: str, when: str, due: str) -> None:
    """Nobody is told by role."""
    ticket = opened(when, severity)
    ticket.assert_due("first_response", due)
    assert ticket.of("first_response") == [f"{due} first_response breach"]
    answered = opened(when, severity).fact(when, "agent_replied")
    assert answered.state("first_response") == "met"
    assert answered.clock("update").due == due
    assert answered.until(due).of("update") == [f"{due} update breach"]


@pytest.mark.parametrize(
    ("severity", "when", "told"),
    [
        ("P1", "10:00", [("10:00", TSM), ("11:00", CRM), ("14:00", CTO)]),
        ("P2", "10:00", [("11:00", TSM), ("14:00", CRM), ("18:00", CTO)]),
        ("P3", "10:00", [("Wed 10:00", TSM), ("Fri 10:00", CRM)]),
        ("P4", "10:00", [("Fri 10:00", TSM)]),
        # Day and night, and over the weekend
        ("P1", "Sat 22:00", [("Sat 22:00", TSM), ("Sat 23:00", CRM), ("Sun 02:00", CTO)]),
        ("P2", "Fri 20:00", [("Fri 21:00", TSM), ("Sat 00:00", CRM), ("Sat 04:00", CTO)]),
        ("P3", "Fri 15:30", [("Sun 15:30", TSM), ("2026-01-13 15:30", CRM)]),
        ("P4", "Sat 11:00", [("2026-01-14 11:00", TSM)]),
        # Elapsed hours: one hour later by the clock in spring, one earlier in autumn
        ("P3", "2026-03-06 15:30", [("2026-03-08 16:30", TSM), ("2026-03-10 16:30", CRM)]),
        ("P4", "2026-03-06 15:30", [("2026-03-10 16:30", TSM)]),
        ("P3", "2025-10-31 15:30", [("2025-11-02 14:30", TSM), ("2025-11-04 14:30", CRM)]),
        ("P4", "2025-10-31 15:30", [("2025-11-04 14:30", TSM)]),
    ],
)
def test_managers_are_told_while_it_is_not_resolved(
    severity: str, when: str, told: list[tuple[str, str]]
) -> None:
    ticket = opened(when, severity).until("2026-04-01 10:00")
    assert ticket.told == told
    assert [each.tier for each in ticket.events if each.role] == list(range(1, len(told) + 1))


@pytest.mark.parametrize(
    ("code", "severity"), [(80, "P1"), ("60", "P2"), (40, "P3"), ("20", "P4"), ("priority 1", "P1")]
)
def test_request_tracker_codes_name_priorities(code: object, severity: str) -> None:
    assert opened("10:00", code).ticket.severity == severity


@pytest.mark.parametrize("severity", [None, "P5", 100])
def test_a_priority_is_assigned_to_every_request(severity: object) -> None:
    with pytest.raises(FactRefused):
        opened("10:00", severity)


@pytest.mark.parametrize("end", ["agent_replied", "resolved", "closed"])
def test_the_first_email_or_the_end_of_the_work_meets_it(end: str) -> None:
    ticket = opened("10:00", "P1").fact("10:30", "agent_replied", public=False)
    assert ticket.fact("11:00", end).until("12:00").of("first_response") == [
        "11:00 first_response met"
    ]


def test_the_automatic_reply_with_the_request_number_does_not_count() -> None:
    ticket = opened("10:00", "P2").fact("10:01", "acknowledged")
    assert ticket.clock("first_response").state == "running"


class TestTheLadderAfterAChange:
    """A role is told once; a rung whose time has passed is told at the change (11)."""

    def test_the_example_of_a_raise(self) -> None:
        ticket = opened("10:00", "P2").fact("13:00", "severity_changed", severity="P1")
        assert ticket.until("Tue 10:00").told == [("11:00", TSM), ("13:00", CRM), ("14:00", CTO)]

    def test_lowered(self) -> None:
        ticket = opened("10:00", "P1").fact("10:30", "severity_changed", severity="P2")
        assert ticket.until("Tue 10:00").told == [("10:00", TSM), ("14:00", CRM), ("18:00", CTO)]

    def test_raised_from_the_third_priority_all_are_told_at_once(self) -> None:
        ticket = opened("10:00", "P3").fact("Tue 10:00", "severity_changed", severity="P1")
        assert ticket.until("Fri 10:00").of("resolution") == [
            f"Tue 10:00 resolution escalation 1 {TSM}",
            f"Tue 10:00 resolution escalation 2 {CRM}",
            f"Tue 10:00 resolution escalation 3 {CTO}",
        ]

    def test_from_the_fourth_to_the_third_priority(self) -> None:
        ticket = opened("10:00", "P4").fact("Sat 10:00", "severity_changed", severity="P3")
        assert ticket.until("Sun 10:00").told == [("Fri 10:00", TSM), ("Sat 10:00", CRM)]

    def test_also_while_waiting_on_the_customer(self) -> None:
        ticket = opened("10:00", "P4").fact("10:30", "waiting_on_customer")
        ticket.fact("13:00", "severity_changed", severity="P2")
        assert ticket.until("15:00").told == [("13:00", TSM), ("14:00", CRM)]

    def test_reopened_the_time_in_between_does_not_count(self) -> None:
        ticket = opened("10:00", "P2").fact("11:30", "resolved").fact("13:30", "reopened")
        assert ticket.until("Tue 10:00").told == [("11:00", TSM), ("16:00", CRM), ("20:00", CTO)]


def test_no_manager_is_told_once_it_is_resolved() -> None:
    ticket = opened("10:00", "P1").fact("10:30", "resolved").until("Tue 10:00")
    assert ticket.told == [("10:00", TSM)]
    assert ticket.results == [("first_response", 1, "met"), ("resolution", 1, "met")]


def test_an_informational_request_is_closed_with_the_customer_s_approval() -> None:
    ticket = opened("10:00", "P4").fact("11:00", "agent_replied")
    ticket.fact("12:00", "closed", approved_by_customer=True).until("Fri 10:00")
    assert ticket.ticket.status == "closed"
    assert ticket.raised == ["11:00 first_response met", "12:00 resolution met"]


def test_waiting_on_the_customer_pauses_nothing() -> None:
    ticket = opened("10:00", "P2").fact("10:30", "waiting_on_customer").until("11:00")
    assert ticket.told == [("11:00", TSM)]


def test_every_clock_is_a_guarantee() -> None:
    assert {clock.commitment for clock in PORTAONE.policy.clocks} == {"guarantee"}
