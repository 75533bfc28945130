"""The ``data`` of each type of fact. Members not named here are kept and handed on."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StrictBool

from app.domain import events

Text = Annotated[str, Field(max_length=2000)]
Word = Annotated[str, Field(min_length=1, max_length=200)]
Named = Annotated[str | int, Field(union_mode="left_to_right")]
"""An id, a name or an alias; a number counts as its digits."""

Channel = Literal["phone", "web", "email", "chat", "portal", "api"]
"""Those of ``events.CHANNELS``."""
Attributes = dict[Annotated[str, Field(min_length=1, max_length=200)], JsonValue]


class FactData(BaseModel):
    """A fact that needs nothing more."""

    model_config = ConfigDict(extra="allow", strict=True)


class Described(FactData):
    """What a ticket is called and about."""

    title: Text | None = None
    kind: Word | None = None
    customer: Text | None = None
    channel: Channel | None = None
    url: Text | None = None
    attributes: Attributes | None = None


class Opened(Described):
    """``ticket.opened``"""

    policy: Word | None = None
    severity: Named | None = None
    plan: Word | None = None
    line: Word | None = None
    workaround_available: StrictBool | None = None


class SeverityChanged(FactData):
    """``ticket.severity_changed``"""

    severity: Named
    reason: Text | None = None
    workaround_available: StrictBool | None = None


class PlanChanged(FactData):
    """``ticket.plan_changed``"""

    plan: Word


class AgentReplied(FactData):
    """``ticket.agent_replied``"""

    public: StrictBool = True
    agent: Text | None = None
    channel: Channel | None = None


class CustomerReplied(FactData):
    """``ticket.customer_replied``"""

    channel: Channel | None = None


class Assigned(FactData):
    """``ticket.assigned``"""

    agent: Text | None = None
    team: Text | None = None


class HandedOver(FactData):
    """``ticket.handed_over``"""

    line: Word


class MilestoneReached(FactData):
    """``ticket.milestone_reached``"""

    milestone: Word


class UpdateIntervalAgreed(FactData):
    """``ticket.update_interval_agreed``"""

    every: Annotated[str, Field(min_length=1, max_length=20)]


class Escalated(FactData):
    """``ticket.escalated``: a person escalates by hand"""

    to: Word
    reason: Text | None = None


class Reasoned(FactData):
    """``ticket.resolved`` and ``ticket.reopened``"""

    reason: Text | None = None


class Closed(Reasoned):
    """``ticket.closed``"""

    approved_by_customer: StrictBool | None = None


class Cancelled(FactData):
    """``ticket.cancelled``"""

    reason: Literal["invalid", "duplicate", "third_party", "spam", "merged"]
    duplicate_of: Word | None = None


class EscalationAcknowledged(FactData):
    """``escalation.acknowledged``"""

    escalation_id: Word
    by: Text | None = None


class EventWithdrawn(FactData):
    """``event.withdrawn``: an earlier fact of the ticket was reported in error"""

    source: Word
    id: Word
    reason: Text | None = None


class PolicyRebound(FactData):
    """``policy.rebound``: the ticket is judged by this version from now on"""

    policy: Word
    version: Word


MODELS: dict[str, type[FactData]] = {
    events.OPENED: Opened,
    events.SEVERITY_CHANGED: SeverityChanged,
    events.PLAN_CHANGED: PlanChanged,
    events.UPDATED: Described,
    events.ACKNOWLEDGED: FactData,
    events.AGENT_REPLIED: AgentReplied,
    events.CUSTOMER_REPLIED: CustomerReplied,
    events.WAITING_ON_CUSTOMER: FactData,
    events.WORK_STARTED: FactData,
    events.ASSIGNED: Assigned,
    events.HANDED_OVER: HandedOver,
    events.WORKAROUND_PROVIDED: FactData,
    events.MILESTONE_REACHED: MilestoneReached,
    events.UPDATE_INTERVAL_AGREED: UpdateIntervalAgreed,
    events.ESCALATED: Escalated,
    events.RESOLVED: Reasoned,
    events.REOPENED: Reasoned,
    events.CLOSED: Closed,
    events.CANCELLED: Cancelled,
    events.ESCALATION_ACKNOWLEDGED: EscalationAcknowledged,
    events.WITHDRAWN: EventWithdrawn,
    events.REBOUND: PolicyRebound,
}
