"""What happens to the ticket of a case, told in facts."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from app.domain import events
from app.domain.events import Fact
from tests.peers.cases import Case
from tests.peers.stages import CHANGES, NAMES

Told = tuple[str, dict[str, object]]

TYPES = {
    "agent_replied": events.AGENT_REPLIED,
    "internal_note": events.AGENT_REPLIED,
    "customer_replied": events.CUSTOMER_REPLIED,
    "waiting_customer": events.WAITING_ON_CUSTOMER,
    "resumed": events.WORK_STARTED,
    "resolved": events.RESOLVED,
    "closed": events.CLOSED,
    "reopened": events.REOPENED,
}
FIRST_MESSAGE = {"customer": events.CUSTOMER_REPLIED, "agent": events.AGENT_REPLIED}
"""By who opened it; what a machine opens has no message of a person."""


def facts_of(case: Case, happened: list[dict[str, Any]]) -> list[Fact]:
    """The facts of these events, in their order."""
    stages = iter(NAMES[1:])
    facts: list[Fact] = []
    for event in happened:
        at = datetime.fromisoformat(event["at"])
        for type_, data in _told(event, stages):
            fact_id = f"fact-{len(facts) + 1}"
            facts.append(Fact(type_, case["id"], "peer", fact_id, at, at, data))
    return facts


def _told(event: dict[str, Any], stages: Iterator[str]) -> Iterator[Told]:
    kind = event["type"]
    if kind == "opened":
        yield from _opening(event)
    elif kind in CHANGES:
        member = CHANGES[kind]
        yield f"ticket.{member}_changed", {member: next(stages)}
    else:
        said = {key: event[key] for key in ("first_response", "contact") if key in event}
        yield TYPES[kind], said | ({"public": False} if kind == "internal_note" else {})


def _opening(event: dict[str, Any]) -> Iterator[Told]:
    """An opening that counts as a message, or in a status, is followed by that at once."""
    yield events.OPENED, {}
    if event["message"] and event["by"] in FIRST_MESSAGE:
        yield FIRST_MESSAGE[event["by"]], {}
    if "state" in event:
        yield TYPES[event["state"]], {}
