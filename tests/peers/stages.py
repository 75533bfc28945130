"""Which targets a ticket has one after the other: what it was opened with, and each change."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.peers.cases import CLOCKS, Case

NAMES = ("first", "second", "third")

CHANGES = {
    "severity_changed": "severity",
    "sla_changed": "plan",
    "sla_removed": "plan",
    "sla_assigned": "plan",
}
"""Events that give a ticket other targets, and which of its members says so."""


class Stage(NamedTuple):
    """The spans by clock, and the calendar they are counted on."""

    name: str
    spans: dict[str, str]
    calendar: dict[str, Any]


def changes_in(case: Case) -> list[Case]:
    """The events of a case that change the targets."""
    return [event for event in case["events"] if event["type"] in CHANGES]


def member_of(case: Case) -> str:
    """What tells the stages of a case apart: the ticket's severity or its plan."""
    return next((CHANGES[event["type"]] for event in changes_in(case)), "severity")


def stages_of(case: Case) -> Iterator[Stage]:
    """The stages in their order; an agreement that is attached later is not there before."""
    changes = changes_in(case)
    assigned = any(event["type"] == "sla_assigned" for event in changes)
    yield Stage(NAMES[0], {} if assigned else _spans(case, case["targets"]), case["calendar"])
    for name, event in zip(NAMES[1:], changes, strict=False):
        targets = case["targets"] if event["type"] == "sla_assigned" else event.get("targets")
        yield Stage(name, _spans(case, targets), (case | event)["calendar"])


def _spans(case: Case, targets: dict[str, int | None] | None) -> dict[str, str]:
    days = case.get("targets_business_days", {})
    unit = "eobd+{}" if case.get("due_moves_to_end_of_day") else "{}bd"
    spans = {clock: unit.format(count) for clock, count in days.items()}
    for clock in CLOCKS:
        minutes = (targets or {}).get(clock)
        if minutes is not None:
            spans[clock] = f"{minutes}m"
    return spans
