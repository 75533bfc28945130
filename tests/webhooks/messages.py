"""Messages to be written in every format: what may happen to one ticket, and hostile ones."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from app.domain.events import (
    SLA_BREACHED,
    SLA_ESCALATED,
    SLA_MET,
    SLA_NOTICED,
    SLA_RETRACTED,
    SLA_WARNED,
)
from app.domain.marks import BREACH, MET, NOTICE, WARNING
from app.projections.escalation_view import Told
from app.webhooks.formats.sample import SAMPLE_AT, sample
from app.webhooks.message import Message, News

AT = SAMPLE_AT
DUE_AT = AT - timedelta(minutes=12, seconds=3)
ROUTING_KEY = "R0UT1NGK3Y0000000000000000000000"

ESCALATED = sample(AT)


def with_event(message: Message, **changes: Any) -> Message:  # noqa: ANN401  # members of an event
    """The message, its event changed."""
    told = message.told
    return replace(message, told=replace(told, event=replace(told.event, **changes)))


def with_told(message: Message, **changes: Any) -> Message:  # noqa: ANN401  # members of Told
    """The message, what has become of its event changed."""
    return replace(message, told=replace(message.told, **changes))


def with_ticket(message: Message, **changes: object) -> Message:
    """The message, its ticket changed."""
    assert message.ticket is not None
    return replace(message, ticket={**message.ticket, **changes})


def with_clock(message: Message, **changes: object) -> Message:
    """The message, the clock of its ticket changed."""
    assert message.ticket is not None
    clocks: Any = message.ticket["clocks"]
    return with_ticket(message, clocks=[{**clocks[0], **changes}])


def _none(message: Message, **changes: Any) -> Message:  # noqa: ANN401  # members of an event
    return with_event(message, tier=None, role=None, **changes)


def _due_soon() -> Message:
    due_at = AT + timedelta(minutes=30)
    message = _none(ESCALATED, type=SLA_WARNED, kind=WARNING)
    warned = with_clock(message, due_at=due_at, breached=False, breached_at=None)
    return replace(warned, earlier=())


def _met(reached_at: datetime, *, breached: bool) -> Message:
    message = _none(
        ESCALATED,
        type=SLA_MET,
        kind=MET,
        target_at=DUE_AT,
        reached_at=reached_at,
        data={"breached": breached, "goal": "4h", "elapsed_seconds": 3600.0},
        next_mark=None,
    )
    met = with_clock(message, state="met", met_at=reached_at)
    return with_ticket(met, status="resolved", next_mark=None)


def _retracted(kind: str) -> Message:
    message = ESCALATED if kind != MET else _none(ESCALATED)
    return with_event(
        message,
        type=SLA_RETRACTED,
        kind=kind,
        id="9" * 32,
        retracts=ESCALATED.told.event.id,
        target_at=None,
        cause="fact-7",
    )


CASES: Mapping[str, Message] = {
    "escalated": ESCALATED,
    "warned": _due_soon(),
    "breached": _none(
        replace(ESCALATED, earlier=()), type=SLA_BREACHED, kind=BREACH, target_at=DUE_AT
    ),
    "noticed": with_event(
        ESCALATED,
        type=SLA_NOTICED,
        kind=NOTICE,
        clock=None,
        cycle=None,
        tier=None,
        reason="The customer asked for a manager",
    ),
    "met in time": _met(DUE_AT - timedelta(minutes=48), breached=False),
    "met late": _met(DUE_AT + timedelta(minutes=12), breached=True),
    "withdrawn": _retracted("escalation"),
    "reopened": _retracted(MET),
    "escalated, withdrawn since": with_told(ESCALATED, retracted_at=AT),
    "escalated, acknowledged since": with_told(
        ESCALATED, acknowledged_at=AT - timedelta(minutes=1), acknowledged_by="anna"
    ),
    "acknowledged": replace(
        with_told(ESCALATED, acknowledged_at=AT, acknowledged_by="anna"), news=News.ACKNOWLEDGED
    ),
    "ended": replace(with_clock(ESCALATED, state="cancelled"), news=News.ENDED),
    "without its ticket": replace(ESCALATED, ticket=None),
    "where nothing is due": with_clock(ESCALATED, due_at=None),
}


def hostile(text: str, url: str) -> Message:
    """The message with a text of anybody's wherever one of the ticket's stands."""
    event = {"ticket_id": text[:200] or "T", "reason": text, "severity": text[:100] or "P1"}
    told = with_told(with_event(ESCALATED, **event), acknowledged_by=text, acknowledged_at=AT)
    earlier = [
        Told(replace(ESCALATED.told.event, role=text[:60] or "r", type=SLA_ESCALATED), AT)
    ] * 40
    message = with_ticket(told, title=text, customer=text, url=url)
    return replace(message, earlier=earlier)
