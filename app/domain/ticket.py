"""A ticket's SLA state: what folding its stream has come to, small enough to save as one row."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from app.domain.events import (
    ACKNOWLEDGED,
    AGENT_REPLIED,
    CANCELLED,
    CLOSED,
    CUSTOMER_REPLIED,
    REOPENED,
    WAITING_ON_CUSTOMER,
    WORK_STARTED,
    Fact,
)

DONE = frozenset({"resolved", "closed", "cancelled"})
"""Statuses in which the work is over."""

STATUSES = ("new", "open", "in_progress", "waiting_on_customer", "resolved", "closed", "cancelled")

WRITERS = ("customer", "agent")
"""Who may have written last."""

Stretch = tuple[datetime, datetime]
"""From the first instant up to the second."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What a cycle came to, as it stood when it ended (36)."""

    at: datetime
    by: str
    """The type of the fact that ended it; ``sla.breached`` for a missed cycle."""
    goal: str | None
    calendar: str | None
    warn_at: datetime | None
    due_at: datetime | None
    elapsed_seconds: float
    remaining_seconds: float | None
    paused_seconds: float


@dataclass(slots=True)
class ClockState:
    """The current cycle of one clock on one ticket."""

    cycle: int = 0
    state: str = "pending"
    origin: datetime | None = None
    """The start fact of the present run; kept while the clock may not run (9)."""
    started_at: datetime | None = None
    breached_at: datetime | None = None
    next_at: datetime | None = None
    """When the next mark will be reached if nothing happens; None if none or paused."""
    reached: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    """The roles this cycle's ladder has told, in order."""
    left: int = 0
    """How many of ``told`` had been told at the last change: they leave the ladder (11)."""
    gaps: list[Stretch] = field(default_factory=list)
    """While the work was over: does not count (17)."""
    misses: int = 0
    """Cycles missed in a row (15)."""
    resting: bool = False
    acknowledged: bool = False
    begun_by: tuple[str, str] | None = None
    """Source and id of the start fact, where a notice may speak of it."""
    awaited: dict[str, list[datetime]] = field(default_factory=dict)
    """When the facts came that rungs of this cycle await, by what is awaited."""
    met_meanwhile: tuple[datetime, str] | None = None
    """The first fact that met it, and its type, while it might not run (9, 14)."""
    met_raised: bool = False
    """Whether the meeting raised an event, which a reopening retracts (17)."""
    ending: Ending | None = None

    @property
    def live(self) -> bool:
        """Whether a cycle is under way."""
        return self.state in ("running", "paused")


@dataclass(slots=True)
class Ticket:
    """The state of one ticket. ``at`` is the instant of the last fact or effect folded into it."""

    ticket_id: str
    policy_id: str
    policy_version: str
    severity: str
    plan: str | None
    line: str | None
    opened_at: datetime
    at: datetime
    status: str = "new"
    kind: str | None = None
    channel: str | None = None
    title: str | None = None
    customer: str | None = None
    url: str | None = None
    workaround_available: bool = False
    attributes: dict[str, object] = field(default_factory=dict)
    history: list[tuple[datetime, str]] = field(default_factory=list)
    """Every status with the instant it began."""
    lines_left: list[tuple[datetime, str | None]] = field(default_factory=list)
    """Every line it has left, with the instant it did."""
    last_fact_at: datetime | None = None
    last_target_at: datetime | None = None
    """The latest target among the marks reached: a fact at or before it would come too late."""
    agreed_interval: str | None = None
    last_message_by: str | None = None
    """``customer`` or ``agent``, once one of them has written."""
    effects: int = 0
    """How many effects have acted since the last fact."""
    told_once: list[str] = field(default_factory=list)
    """Which notices that come only once have come: role and reason."""
    late_facts: int = 0
    version: int = 0
    retractions: dict[str, int] = field(default_factory=dict)
    """How often a mark or meeting was retracted, by its identity (28)."""
    clocks: dict[str, ClockState] = field(default_factory=dict)
    withdrawn_early: list[tuple[str, str]] = field(default_factory=list)
    """Source and id of facts that were withdrawn before they came, in order (22)."""

    @property
    def done(self) -> bool:
        """Whether the work is over."""
        return self.status in DONE

    def set_status(self, status: str, at: datetime) -> None:
        """Enters a status and notes when."""
        self.status = status
        self.history.append((at, status))

    def move_to(self, line: str | None, at: datetime) -> None:
        """Comes to a line and notes which it has left, and when."""
        if line != self.line:
            self.lines_left.append((at, self.line))
            self.line = line

    def stretches_in(
        self, statuses: Collection[str], since: datetime
    ) -> tuple[list[Stretch], datetime | None]:
        """When the status was one of these, from ``since`` on: what is over, and since when now."""
        over: list[Stretch] = []
        began: datetime | None = None
        for at, status in self.history:
            if status in statuses:
                began = began or max(at, since)
            elif began is not None:
                if at > began:
                    over.append((began, at))
                began = None
        return over, began

    def comes_late(self, at: datetime) -> bool:
        """Whether a fact at this instant should have been folded before what has been (21, 25)."""
        if self.last_fact_at is not None and at < self.last_fact_at:
            return True
        return self.last_target_at is not None and at <= self.last_target_at


class Before(NamedTuple):
    """What a fact may change, as it was before."""

    severity: str
    plan: str | None
    line: str | None
    status: str
    agreed_interval: str | None
    kind: str | None
    last_message_by: str | None

    @classmethod
    def of(cls, ticket: Ticket) -> "Before":
        """The ticket as it is."""
        return cls(
            ticket.severity,
            ticket.plan,
            ticket.line,
            ticket.status,
            ticket.agreed_interval,
            ticket.kind,
            ticket.last_message_by,
        )


def status_after(status: str, fact: Fact, *, resolving: bool) -> str:
    """The status after a fact; the same status where the fact does not change it (13, 16)."""
    if status == "cancelled":
        return status
    if resolving:
        return status if status in DONE else "resolved"
    if fact.type in (CLOSED, CANCELLED):
        return fact.type.removeprefix("ticket.")
    if status in DONE:
        return "open" if fact.type == REOPENED else status
    return _status_while_open(status, fact)


def _status_while_open(status: str, fact: Fact) -> str:
    if fact.type == WORK_STARTED:
        return "in_progress"
    if fact.type == WAITING_ON_CUSTOMER:
        return "waiting_on_customer"
    if fact.type == CUSTOMER_REPLIED and status in ("waiting_on_customer", "in_progress"):
        return "open"
    answers = fact.type == ACKNOWLEDGED or (fact.type == AGENT_REPLIED and fact.public)
    return "open" if status == "new" and answers else status
