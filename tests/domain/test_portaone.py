"""PortaCare, as its text promises it: who is answered, updated and told when.

Local times are Vancouver's; the week begins on Monday, 5 January 2026.
"""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.policy_files import load_file
from tests.domain.scenario import Scenario

POLICY = load_file(Path(__file__).parents[2] / "policies" / "portaone.yaml")
VANCOUVER = ZoneInfo("America/Vancouver")

TSM = "technical_support_manager"
CRM = "customer_relations_manager"
CTO = "cto"


def opened(when: str = "10:00", severity: str = "P2") -> Scenario:
    return Scenario(POLICY, VANCOUVER).opened(when, severity=severity)


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
        ("P2", "2025-11-02 00:30", "2025-11-02 01:30"),
        ("P3", "2025-10-31 15:30", "2025-11-03 15:30"),
        ("P4", "2025-10-31 15:30", "2025-11-04 15:30"),
    ],
)
def test_first_email_and_updates_are_due(severity: str, when: str, due: str) -> None:
    ticket = opened(when, severity)
    assert ticket.clock("first_response").due == due
    ticket.fact(when, "agent_replied")
    assert ticket.clock("first_response").state == "met"
    assert ticket.clock("update").due == due


def test_in_autumn_the_hour_that_comes_twice_counts_twice() -> None:
    first = opened("2025-11-02 00:30", "P1").judge.ticket.clocks["first_response"].next_at
    second = opened("2025-11-02 00:30", "P2").judge.ticket.clocks["first_response"].next_at
    assert first is not None
    assert second is not None
    assert (second - first).total_seconds() == 3600


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
    assert Scenario(POLICY).opened("10:00", severity=code).ticket.severity == severity


def test_the_automatic_reply_with_the_request_number_does_not_count() -> None:
    ticket = opened("10:00", "P2").fact("10:01", "acknowledged")
    assert ticket.clock("first_response").state == "running"


def test_updates_start_with_the_first_email_and_anew_with_each() -> None:
    ticket = opened("10:00", "P2")
    assert ticket.clock("update").state == "pending"
    ticket.fact("10:30", "agent_replied", public=False)
    assert ticket.clock("update").state == "pending"
    ticket.fact("11:00", "agent_replied").fact("12:00", "customer_replied")
    assert ticket.clock("update").due == "13:00"
    assert ticket.fact("12:30", "agent_replied").clock("update").due == "14:30"


def test_a_missed_update_is_a_breach_and_tells_nobody() -> None:
    ticket = opened("10:00", "P2").fact("10:30", "agent_replied").fact("10:40", "resolved")
    ticket.fact("10:50", "reopened").until("12:50")
    assert "12:50 update breach" in ticket.raised
    assert [role for _, role in ticket.told] == [TSM]


def test_as_agreed_between_customer_and_portaone() -> None:
    """On the severity's calendar, over severity changes and reopening."""
    ticket = opened("10:00", "P2").fact("10:30", "agent_replied")
    ticket.fact("11:00", "update_interval_agreed", every="1bd")
    clock = ticket.clock("update")
    assert (clock.cycle, clock.goal, clock.due) == (1, "1bd", "Tue 10:30")
    ticket.fact("11:30", "severity_changed", severity="P3")
    assert ticket.clock("update").due == "Tue 10:30"
    ticket.fact("Fri 15:00", "agent_replied")
    assert ticket.clock("update").due == "2026-01-12 15:00"


def test_the_example_of_a_raise() -> None:
    ticket = opened("10:00", "P2").fact("13:00", "severity_changed", severity="P1")
    assert ticket.until("Tue 10:00").told == [("11:00", TSM), ("13:00", CRM), ("14:00", CTO)]


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
    assert {clock.commitment for clock in POLICY.clocks} == {"guarantee"}
