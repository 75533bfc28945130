"""The two kinds of event in a ticket's stream: facts others report, SLA events we derive."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b

OPENED = "ticket.opened"
SEVERITY_CHANGED = "ticket.severity_changed"
PLAN_CHANGED = "ticket.plan_changed"
UPDATED = "ticket.updated"
ACKNOWLEDGED = "ticket.acknowledged"
AGENT_REPLIED = "ticket.agent_replied"
CUSTOMER_REPLIED = "ticket.customer_replied"
WAITING_ON_CUSTOMER = "ticket.waiting_on_customer"
WORK_STARTED = "ticket.work_started"
ASSIGNED = "ticket.assigned"
HANDED_OVER = "ticket.handed_over"
WORKAROUND_PROVIDED = "ticket.workaround_provided"
MILESTONE_REACHED = "ticket.milestone_reached"
UPDATE_INTERVAL_AGREED = "ticket.update_interval_agreed"
ESCALATED = "ticket.escalated"
RESOLVED = "ticket.resolved"
REOPENED = "ticket.reopened"
CLOSED = "ticket.closed"
CANCELLED = "ticket.cancelled"
ESCALATION_ACKNOWLEDGED = "escalation.acknowledged"

FACT_TYPES = (
    OPENED,
    SEVERITY_CHANGED,
    PLAN_CHANGED,
    UPDATED,
    ACKNOWLEDGED,
    AGENT_REPLIED,
    CUSTOMER_REPLIED,
    WAITING_ON_CUSTOMER,
    WORK_STARTED,
    ASSIGNED,
    HANDED_OVER,
    WORKAROUND_PROVIDED,
    MILESTONE_REACHED,
    UPDATE_INTERVAL_AGREED,
    ESCALATED,
    RESOLVED,
    REOPENED,
    CLOSED,
    CANCELLED,
    ESCALATION_ACKNOWLEDGED,
)
"""What a policy may speak of: the facts of a ticket's life."""

WITHDRAWN = "event.withdrawn"
REBOUND = "policy.rebound"

SLA_WARNED = "sla.warned"
SLA_BREACHED = "sla.breached"
SLA_ESCALATED = "sla.escalated"
SLA_NOTICED = "sla.noticed"
SLA_MET = "sla.met"
SLA_RETRACTED = "sla.retracted"

CHANNELS = ("phone", "web", "email", "chat", "portal", "api")
"""How a ticket was opened, or an answer given."""

SLA_TYPES = (SLA_WARNED, SLA_BREACHED, SLA_ESCALATED, SLA_NOTICED, SLA_MET, SLA_RETRACTED)

LINE_MOVED = "sla.line_moved"
"""What an escalation's effect does when it moves the ticket; no event of a stream (26)."""

SOURCE = "escalator"
"""The ``source`` of every event this service appends itself."""


Name = tuple[str, str]
"""Source and id: what a ticket's event is known by within its stream."""


@dataclass(frozen=True, slots=True)
class Fact:
    """An event another system reports.

    ``time`` is when it happened as sent, None if it was left out. ``at`` is the instant it is
    folded at: the sent time, but never later than its recording (2); of a rebinding its recording,
    whatever was sent (31).
    """

    type: str
    ticket_id: str
    source: str
    id: str
    time: datetime | None
    recorded_at: datetime
    data: Mapping[str, object]
    at: datetime = field(init=False)

    def __post_init__(self) -> None:
        if self.time is None or self.type == REBOUND:
            at = self.recorded_at
        else:
            at = min(self.time, self.recorded_at)
        object.__setattr__(self, "at", at if at.tzinfo is UTC else at.astimezone(UTC))

    @property
    def name(self) -> Name:
        """Which fact of its ticket it is."""
        return self.source, self.id

    @property
    def withdraws(self) -> Name:
        """Which fact of its ticket a withdrawal names."""
        return str(self.data.get("source")), str(self.data.get("id"))

    @property
    def public(self) -> bool:
        """Whether the customer sees it: an internal note says ``public: false`` (14)."""
        return self.data.get("public", True) is not False

    def not_before(self, at: datetime) -> "Fact":
        """The same fact, folded no earlier than ``at`` (22)."""
        if self.at >= at:
            return self
        moved = copy(self)
        object.__setattr__(moved, "at", at)
        return moved


@dataclass(frozen=True, slots=True)
class NextMark:
    """The mark that will be reached next if nothing else happens."""

    clock: str
    kind: str
    tier: int | None
    role: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class SlaEvent:
    """Something this service derived: a mark reached, a notice, a meeting, or a retraction.

    ``target_at`` is the instant by the rule, None for a meeting without a goal; ``reached_at`` is
    when it became true: the target, or the later fact that made it so (29). When it was raised is
    not said here: that is the recording's, and not part of what the rules give.
    """

    type: str
    id: str
    identity: str
    """What makes it the same again, however often it was retracted (28)."""
    ticket_id: str
    kind: str
    clock: str | None
    cycle: int | None
    tier: int | None
    role: str | None
    target_at: datetime | None
    reached_at: datetime
    severity: str
    plan: str | None
    line: str | None
    policy_id: str
    policy_version: str
    reason: str | None = None
    effect: Mapping[str, object] | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    retracts: str | None = None
    cause: str | None = None
    next_mark: NextMark | None = None
    unheard: bool = False
    """Whether no subscription heard its role when it was raised (29)."""
    silent: bool = False
    """Whether nobody was to be told: a backfilled fact showed what had long been past (24)."""


Event = Fact | SlaEvent


def sla_event_id(ticket_id: str, identity: str, retracted: int) -> str:
    """The id of an SLA event: the same for the same mark, whoever derives it and when (28).

    ``retracted`` is how often it was retracted before. No two of these read the same.
    """
    text = f"{len(ticket_id)} {ticket_id} {retracted} {identity}"
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()
