"""A message as it might be, to see how it looks before anything is late."""

from datetime import UTC, datetime, timedelta

from app.domain.events import SLA_BREACHED, SLA_ESCALATED, NextMark, SlaEvent
from app.domain.marks import BREACH, ESCALATION
from app.projections.escalation_view import Told
from app.projections.ticket_view import Json, next_mark_view
from app.webhooks.message import Message

SAMPLE_AT = datetime(2026, 11, 21, 14, 17, 3, tzinfo=UTC)

TICKET = "T-1042"
POLICY = ("standard", "sha256:" + "0" * 64)


def sample(at: datetime) -> Message:
    """An escalation of the second tier, 12 minutes after its ticket was due."""
    due_at = at - timedelta(minutes=12, seconds=3)
    raised_at = due_at + timedelta(minutes=10, seconds=0.4)
    following = NextMark("resolution", ESCALATION, 3, "director", due_at + timedelta(hours=3))
    told = Told(
        _event("1", SLA_ESCALATED, ESCALATION, 2, "service_manager", raised_at, following),
        raised_at,
    )
    earlier = [
        Told(_event("2", SLA_BREACHED, BREACH, None, None, due_at, None), due_at),
        Told(_event("3", SLA_ESCALATED, ESCALATION, 1, "team_lead", due_at, None), due_at),
    ]
    links = {
        "ticket": f"https://escalator.example.com/v1/tickets/{TICKET}",
        "acknowledge": f"https://escalator.example.com/acknowledge/{told.event.id}",
    }
    return Message(told, 7, _ticket(at, due_at, following), links, at, earlier)


def _event(
    id_: str,
    type_: str,
    kind: str,
    tier: int | None,
    role: str | None,
    reached_at: datetime,
    following: NextMark | None,
) -> SlaEvent:
    return SlaEvent(
        type=type_,
        id=id_ * 32,
        identity=id_,
        ticket_id=TICKET,
        kind=kind,
        clock="resolution",
        cycle=1,
        tier=tier,
        role=role,
        target_at=reached_at,
        reached_at=reached_at,
        severity="P1",
        plan="gold",
        line=None,
        policy_id=POLICY[0],
        policy_version=POLICY[1],
        next_mark=following,
    )


def _ticket(at: datetime, due_at: datetime, following: NextMark) -> Json:
    opened_at = due_at - timedelta(hours=4)
    clock: Json = {
        "clock": "resolution",
        "cycle": 1,
        "state": "running",
        "commitment": "guarantee",
        "goal": "4h",
        "calendar": "always",
        "started_at": opened_at,
        "warn_at": None,
        "due_at": due_at,
        "met_at": None,
        "breached": True,
        "breached_at": due_at,
        "elapsed_seconds": (at - opened_at).total_seconds(),
        "remaining_seconds": (due_at - at).total_seconds(),
        "paused_seconds": 0.0,
    }
    return {
        "ticket_id": TICKET,
        "version": 7,
        "policy": {"id": POLICY[0], "version": POLICY[1]},
        "severity": "P1",
        "plan": "gold",
        "kind": "incident",
        "status": "open",
        "line": None,
        "title": "Calls to the hotline are dropped after 30 seconds",
        "customer": "Example Telecom",
        "channel": "phone",
        "url": f"https://tickets.example.com/{TICKET}",
        "opened_at": opened_at,
        "as_of": at,
        "late_facts": 0,
        "flags": [],
        "attributes": {},
        "clocks": [clock],
        "next_mark": next_mark_view(following),
    }
