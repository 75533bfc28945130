"""An escalation as it is answered: in a ticket's history, in lists, and in webhooks."""

from datetime import datetime

from app.domain.events import SlaEvent

Json = dict[str, object]


def view(
    event: SlaEvent,
    raised_at: datetime | None,
    *,
    acknowledged_at: datetime | None = None,
    acknowledged_by: str | None = None,
    retracted_at: datetime | None = None,
) -> Json:
    """The SLA event with what the log and its readers have added since."""
    late = None if raised_at is None else (raised_at - event.reached_at).total_seconds()
    return {
        "id": event.id,
        "type": event.type,
        "kind": event.kind,
        "ticket_id": event.ticket_id,
        "clock": event.clock,
        "cycle": event.cycle,
        "tier": event.tier,
        "role": event.role,
        "target_at": event.target_at,
        "reached_at": event.reached_at,
        "raised_at": raised_at,
        "late_by_seconds": late,
        "severity": event.severity,
        "plan": event.plan,
        "line": event.line,
        "policy": {"id": event.policy_id, "version": event.policy_version},
        "unheard": event.unheard,
        "acknowledged_at": acknowledged_at,
        "acknowledged_by": acknowledged_by,
        "retracted_at": retracted_at,
        "retracts": event.retracts,
        "cause": event.cause,
        "reason": event.reason,
        "effect": event.effect,
        "data": event.data,
    }
