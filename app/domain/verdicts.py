"""What judging a ticket brings forth: SLA events, and the outcomes of finished cycles."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from json import dumps
from typing import Literal

from app.domain.events import (
    CANCELLED,
    SLA_BREACHED,
    SLA_ESCALATED,
    SLA_MET,
    SLA_NOTICED,
    SLA_RETRACTED,
    SLA_WARNED,
    Fact,
    NextMark,
    SlaEvent,
    sla_event_id,
)
from app.domain.holding import Holding
from app.domain.marks import BREACH, ESCALATION, MET, NOTICE, WARNING, Mark
from app.domain.policy import Clock, Policy
from app.domain.ticket import ClockState, Ending, Ticket

_TYPE_OF_KIND = {WARNING: SLA_WARNED, BREACH: SLA_BREACHED, ESCALATION: SLA_ESCALATED}
_NO_DATA: Mapping[str, object] = {}

Verdict = Literal["met", "breached"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One finished cycle: what attainment counts (35)."""

    clock: str
    cycle: int
    result: str
    """``met``, ``missed`` or ``cancelled``."""
    commitment: str
    severity: str
    plan: str | None
    line: str | None
    policy_id: str
    policy_version: str
    started_at: datetime
    breached_at: datetime | None
    ending: Ending
    holding: Holding

    @property
    def verdict(self) -> Verdict | None:
        """What attainment counts it as; None where it is left out (35)."""
        if self.commitment == "reminder":
            return None
        if self.breached_at is not None:
            # Cancelling the ticket takes back the work, and with it the promise.
            taken_back = self.result == "cancelled" and self.ending.by == CANCELLED
            return None if taken_back else "breached"
        return "met" if self.result == "met" and self.ending.goal is not None else None


def identity_of(clock: Clock, cycle: int, key: str) -> str:
    """What makes a mark or a meeting of a ticket the same one again (28)."""
    return f"{clock.id}/{cycle}/{key}"


class Verdicts:
    """Collects what comes of one ticket's facts and time, in order."""

    __slots__ = ("_drafts", "events", "outcomes", "policy", "ticket", "withdrawn")

    def __init__(self, ticket: Ticket, policy: Policy) -> None:
        self.ticket = ticket
        self.policy = policy
        self.events: list[SlaEvent] = []
        self.outcomes: dict[tuple[str, int], Outcome] = {}
        self.withdrawn: set[tuple[str, int]] = set()
        self._drafts: dict[str, Callable[[NextMark | None], SlaEvent]] = {}

    @property
    def drafted(self) -> bool:
        """Whether something waits to be told what comes next."""
        return bool(self._drafts)

    def settle(self, next_mark: NextMark | None) -> None:
        """Makes events of the drafts, now that it is known what comes next."""
        self.events.extend(draft(next_mark) for draft in self._drafts.values())
        self._drafts.clear()

    def id_of(self, identity: str) -> str:
        """The id of the event that says this, as often as it was retracted before (28)."""
        ticket = self.ticket
        return sla_event_id(ticket.ticket_id, identity, ticket.retractions.get(identity, 0))

    def mark(
        self, clock: Clock, state: ClockState, mark: Mark, target_at: datetime, reached_at: datetime
    ) -> str:
        """A mark is reached; answers the event's id."""
        if mark.kind == NOTICE:
            fact = state.begun_by
            place = (clock.id, state.cycle, mark.key)
            return self._notice(
                [NOTICE, fact, mark.role, mark.reason, *place],
                mark.role,
                mark.reason,
                mark.data,
                target_at,
                reached_at,
                None if fact is None else fact[1],
            )
        return self._draft(
            _TYPE_OF_KIND[mark.kind],
            mark.kind,
            identity_of(clock, state.cycle, mark.key),
            reached_at,
            clock=clock.id,
            cycle=state.cycle,
            tier=mark.tier,
            role=mark.role,
            target_at=target_at,
            reason=mark.reason,
            effect=mark.effect.as_data() if mark.effect else None,
            data=mark.data,
        )

    def notice(self, fact: Fact, role: str, reason: str | None, data: Mapping[str, object]) -> None:
        """A role is told of a fact, once for each reason."""
        identity = [NOTICE, fact.source, fact.id, role, reason]
        self._notice(identity, role, reason, data, fact.at, fact.at, fact.id)

    def _notice(
        self,
        identity: Sequence[object],
        role: str | None,
        reason: str | None,
        data: Mapping[str, object],
        target_at: datetime,
        reached_at: datetime,
        cause: str | None,
    ) -> str:
        return self._draft(
            SLA_NOTICED,
            NOTICE,
            dumps(identity),
            reached_at,
            role=role,
            target_at=target_at,
            reason=reason,
            data=data,
            cause=cause,
        )

    def met(self, clock: Clock, state: ClockState, ending: Ending) -> None:
        """A cycle that had marks is met, in time or late (9)."""
        self._draft(
            SLA_MET,
            MET,
            identity_of(clock, state.cycle, MET),
            ending.at,
            clock=clock.id,
            cycle=state.cycle,
            target_at=ending.due_at,
            data={
                "breached": state.breached_at is not None,
                "goal": ending.goal,
                "elapsed_seconds": ending.elapsed_seconds,
            },
        )

    def retract_met(self, clock: Clock, state: ClockState, fact: Fact) -> None:
        """A meeting did not end the work after all (17)."""
        identity = identity_of(clock, state.cycle, MET)
        retracts = self.id_of(identity)
        self._draft(
            SLA_RETRACTED,
            MET,
            f"retracted/{retracts}",
            fact.at,
            clock=clock.id,
            cycle=state.cycle,
            retracts=retracts,
            cause=fact.id,
        )
        retractions = self.ticket.retractions
        retractions[identity] = retractions.get(identity, 0) + 1

    def outcome(self, clock: Clock, state: ClockState, ending: Ending, held: Holding) -> None:
        """A cycle has come to its end."""
        ticket = self.ticket
        assert state.started_at is not None  # noqa: S101  # a cycle that ends has started
        self.withdrawn.discard((clock.id, state.cycle))
        self.outcomes[clock.id, state.cycle] = Outcome(
            clock=clock.id,
            cycle=state.cycle,
            result=state.state,
            commitment=clock.commitment,
            severity=ticket.severity,
            plan=ticket.plan,
            line=clock.line or ticket.line,  # that of a line's clock may have been left by now
            policy_id=ticket.policy_id,
            policy_version=ticket.policy_version,
            started_at=state.started_at,
            breached_at=state.breached_at,
            ending=ending,
            holding=held,
        )

    def withdraw(self, clock: Clock, state: ClockState) -> None:
        """A cycle goes on that had been finished (17)."""
        self.outcomes.pop((clock.id, state.cycle), None)
        self.withdrawn.add((clock.id, state.cycle))

    def _draft(
        self,
        type_: str,
        kind: str,
        identity: str,
        reached_at: datetime,
        *,
        target_at: datetime | None = None,
        clock: str | None = None,
        cycle: int | None = None,
        tier: int | None = None,
        role: str | None = None,
        reason: str | None = None,
        effect: Mapping[str, object] | None = None,
        data: Mapping[str, object] = _NO_DATA,
        retracts: str | None = None,
        cause: str | None = None,
    ) -> str:
        """All of an event but what comes next; the ticket as it is now stands in it."""
        ticket = self.ticket
        event_id = self.id_of(identity)
        severity, plan, line = ticket.severity, ticket.plan, ticket.line
        policy_id, policy_version = ticket.policy_id, ticket.policy_version
        if role in self.policy.carries and type_ != SLA_RETRACTED:
            data = {**self.policy.handed_to(role, ticket), **data}
        self._drafts[event_id] = lambda next_mark: SlaEvent(
            type=type_,
            id=event_id,
            identity=identity,
            ticket_id=ticket.ticket_id,
            kind=kind,
            clock=clock,
            cycle=cycle,
            tier=tier,
            role=role,
            target_at=target_at,
            reached_at=reached_at,
            severity=severity,
            plan=plan,
            line=line,
            policy_id=policy_id,
            policy_version=policy_version,
            reason=reason,
            effect=effect,
            data=data,
            retracts=retracts,
            cause=cause,
            next_mark=next_mark,
        )
        return event_id
