"""The status after each fact: the table of docs/semantics.md, row by row."""

from dataclasses import replace

import pytest

from app.domain.ticket import status_after
from tests.domain.scenario import Scenario

PLAIN = "resolves: [ticket.workaround_provided]"

REACHING = {
    "new": (),
    "open": ("acknowledged",),
    "in_progress": ("work_started",),
    "waiting_on_customer": ("waiting_on_customer",),
    "resolved": ("resolved",),
    "closed": ("closed",),
    "cancelled": ("cancelled",),
}
OPEN = ("new", "open", "in_progress", "waiting_on_customer")
DONE = ("resolved", "closed")

TABLE = [
    ("agent_replied", {"new": "open"}),
    ("acknowledged", {"new": "open"}),
    ("work_started", dict.fromkeys(OPEN, "in_progress")),
    ("waiting_on_customer", dict.fromkeys(OPEN, "waiting_on_customer")),
    ("customer_replied", {"waiting_on_customer": "open", "in_progress": "open"}),
    ("resolved", dict.fromkeys(OPEN, "resolved")),
    ("workaround_provided", dict.fromkeys(OPEN, "resolved")),
    ("reopened", dict.fromkeys(DONE, "open")),
    ("closed", dict.fromkeys((*OPEN, *DONE), "closed")),
    ("cancelled", dict.fromkeys((*OPEN, *DONE), "cancelled")),
    ("updated", {}),
    ("assigned", {}),
    ("escalated", {}),
]


@pytest.mark.parametrize("before", REACHING)
@pytest.mark.parametrize(("fact", "moves"), TABLE, ids=[fact for fact, _ in TABLE])
def test_status_table(fact: str, moves: dict[str, str], before: str) -> None:
    ticket = Scenario(PLAIN).opened("10:00")
    for step in REACHING[before]:
        ticket.fact("10:10", step)
    ticket.fact("10:20", fact, **({"to": "lead"} if fact == "escalated" else {}))
    assert ticket.ticket.status == moves.get(before, before)


def test_an_internal_note_opens_nothing() -> None:
    ticket = Scenario(PLAIN).opened("10:00").fact("10:10", "agent_replied", public=False)
    assert ticket.ticket.status == "new"


@pytest.mark.parametrize(("fact", "_moves"), TABLE)
def test_cancelled_is_the_last_status(fact: str, _moves: dict[str, str]) -> None:
    report = Scenario(PLAIN).opened("10:00").facts[0]
    fact_then = replace(report, type=f"ticket.{fact}")
    assert status_after("cancelled", fact_then, resolving=fact == "resolved") == "cancelled"


def test_a_workaround_resolves_only_where_the_policy_counts_it() -> None:
    ticket = Scenario("").opened("10:00").fact("10:10", "workaround_provided")
    assert ticket.ticket.status == "new"


def test_the_history_notes_each_status_once() -> None:
    ticket = Scenario(PLAIN).opened("10:00").fact("10:10", "agent_replied")
    ticket.fact("10:20", "agent_replied").fact("10:30", "resolved").fact("10:40", "resolved")
    assert ticket.ticket.history == [
        (ticket.at("10:00"), "new"),
        (ticket.at("10:10"), "open"),
        (ticket.at("10:30"), "resolved"),
    ]
