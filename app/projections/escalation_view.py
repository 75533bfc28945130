"""An escalation as it is answered: in a ticket's history, in lists, and in webhooks."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.events import SlaEvent
from app.store.codec import decode_sla_event
from app.store.database import Row

Json = dict[str, object]

_LEARNT_LATER = ("acknowledged_at", "acknowledged_by", "retracted_at")


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
        "silent": event.silent,
        "acknowledged_at": acknowledged_at,
        "acknowledged_by": acknowledged_by,
        "retracted_at": retracted_at,
        "retracts": event.retracts,
        "cause": event.cause,
        "reason": event.reason,
        "effect": event.effect,
        "data": event.data,
    }


def view_when_raised(event: SlaEvent, raised_at: datetime) -> Json:
    """The SLA event as the log keeps it: without what became of it later."""
    shown = view(event, raised_at)
    for member in _LEARNT_LATER:
        del shown[member]
    return shown


@dataclass(slots=True)
class Told:
    """An SLA event, and what the log and its readers have added to it.

    ``raised_at`` is None where it is reached but not recorded: at this very moment, or in an answer
    about the future.
    """

    event: SlaEvent
    raised_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    retracted_at: datetime | None = None

    @classmethod
    def of(cls, row: Row) -> "Told":
        """What a row of ``escalations`` and its event in the log say."""
        return cls(
            decode_sla_event(row["data"]),
            row["raised_at"],
            row["acknowledged_at"],
            row["acknowledged_by"],
            row["retracted_at"],
        )

    def view(self) -> Json:
        """As it is answered."""
        return view(
            self.event,
            self.raised_at,
            acknowledged_at=self.acknowledged_at,
            acknowledged_by=self.acknowledged_by,
            retracted_at=self.retracted_at,
        )
