"""Judges one ticket: facts and time go in, SLA events and the new state come out.

The theory: facts, policy and an instant determine which marks have been reached. Time passes up to
each fact, the fact acts, and at last time passes up to now. One long step of time and many short
ones give the same events (25).
"""

from dataclasses import dataclass
from datetime import datetime

from app.domain import cycles
from app.domain.clocks import marks_to_come
from app.domain.conditions import Situation
from app.domain.events import (
    CANCELLED,
    CLOSED,
    ESCALATED,
    REOPENED,
    RESOLVED,
    SOURCE,
    Fact,
    NextMark,
)
from app.domain.facts import Before, change, check, opened
from app.domain.policy import KIND_ORDER, Clock, Effect, Mark, Policy
from app.domain.reactions import Change, Reaction
from app.domain.ticket import ClockState, Ticket, status_after
from app.domain.verdicts import Verdicts

_ENDINGS = frozenset({RESOLVED, REOPENED, CLOSED, CANCELLED})
_LINE_MOVED = "sla.line_moved"


@dataclass(frozen=True, slots=True)
class Due:
    """A mark that is reached, and where it stands in the order of what is reached (25)."""

    reached_at: datetime
    target_at: datetime
    clock: Clock
    mark: Mark

    @property
    def order(self) -> tuple[datetime, datetime, int, int, int, int]:
        """Place among the marks reached."""
        mark = self.mark
        return (
            self.reached_at,
            self.target_at,
            self.clock.place,
            KIND_ORDER[mark.kind],
            mark.tier or 0,
            mark.repetition,
        )


class Judge:
    """Folds facts and time into a ticket, which it changes in place."""

    __slots__ = ("policy", "ticket", "verdicts")

    def __init__(self, ticket: Ticket, policy: Policy) -> None:
        self.ticket = ticket
        self.policy = policy
        self.verdicts = Verdicts(ticket)

    @classmethod
    def opening(cls, fact: Fact, policy: Policy) -> "Judge":
        """Begins a ticket with its opening; FactRefused if the policy does not take it."""
        judge = cls(opened(fact, policy), policy)
        judge._act(fact, None)
        return judge

    def fact(self, fact: Fact) -> None:
        """Time passes up to the fact, exclusively; then the fact acts (25).

        FactRefused, before anything is changed, if the policy does not take it.
        """
        ticket = self.ticket
        check(ticket, fact, self.policy)
        self.pass_time(fact.at, including=False)
        ticket.last_fact_at = ticket.at = fact.at
        if ticket.status != "cancelled":
            before = Before.of(ticket)
            change(ticket, fact, self.policy)
            self._act(fact, before)

    def pass_time(self, until: datetime, *, including: bool = True) -> None:
        """Every mark whose target lies before ``until`` is reached, or at it if ``including``."""
        while due := self._next_due(until, including=including):
            self._reach(due)

    def next_mark(self) -> NextMark | None:
        """The mark that will be reached next if nothing else happens."""
        at = self.next_due_at()
        if at is None:
            return None
        due = min(
            (
                Due(max(target_at, self.ticket.at), target_at, clock, mark)
                for clock, state in self._clocks()
                if state.next_at == at
                for target_at, mark in self._open_marks(clock, state)
            ),
            key=lambda due: due.order,
        )
        mark = due.mark
        return NextMark(due.clock.id, mark.kind, mark.tier, mark.role, due.reached_at)

    def next_due_at(self) -> datetime | None:
        """When the next mark will be reached if nothing else happens."""
        return min(
            (state.next_at for state in self.ticket.clocks.values() if state.next_at is not None),
            default=None,
        )

    def _clocks(self) -> list[tuple[Clock, ClockState]]:
        states = self.ticket.clocks
        return [(clock, states[clock.id]) for clock in self.policy.clocks if clock.id in states]

    def _situation(
        self, at: datetime, fact: Fact | None = None, before: Before | None = None
    ) -> Situation:
        return Situation(self.ticket, self.policy.calendars, at, fact, before)

    # --- time -------------------------------------------------------------------------------

    def _open_marks(self, clock: Clock, state: ClockState) -> list[tuple[datetime, Mark]]:
        """The marks of a running cycle that nothing but time keeps from being reached."""
        found = marks_to_come(clock, state, self.ticket, self.policy)
        situation = self._situation(self.ticket.at)
        return [(at, mark) for at, mark in found if situation.holds(mark.conditions)]

    def _next_due(self, until: datetime, *, including: bool) -> list[Due]:
        """What is reached at the next instant, in order; empty if that is not before ``until``."""
        ticket = self.ticket
        due = [
            Due(max(target_at, ticket.at), target_at, clock, mark)
            for clock, state in self._clocks()
            if state.next_at is not None and state.next_at <= until
            for target_at, mark in self._open_marks(clock, state)
            if target_at < until or (including and target_at == until)
        ]
        if not due:
            return due
        due.sort(key=lambda each: each.order)
        return [each for each in due if each.reached_at == due[0].reached_at]

    def _reach(self, due: list[Due]) -> None:
        """The marks of one instant, then what they do to their clocks and to the ticket (26)."""
        ticket, verdicts = self.ticket, self.verdicts
        at = due[0].reached_at
        effects: list[tuple[str, Effect]] = []
        touched: dict[str, tuple[Clock, ClockState]] = {}
        for each in due:
            clock, state = touched.setdefault(
                each.clock.id, (each.clock, ticket.clocks[each.clock.id])
            )
            event_id = cycles.reach(clock, state, verdicts, each.mark, each.target_at, at)
            if each.mark.effect:
                effects.append((event_id, each.mark.effect))
            ticket.last_target_at = max(ticket.last_target_at or each.target_at, each.target_at)
        for clock, state in touched.values():
            cycles.roll(clock, state, self.policy, verdicts, at)
            self._look_ahead(clock, state)
        for event_id, effect in effects:
            self._take_effect(event_id, effect, at)
        if verdicts.drafted:
            verdicts.settle(self.next_mark())

    def _take_effect(self, event_id: str, effect: Effect, at: datetime) -> None:
        """An effect acts as a fact would: closing as ``ticket.closed``, moving as entering (16)."""
        ticket = self.ticket
        ticket.at = max(ticket.at, at)
        kind = CLOSED if effect.close else _LINE_MOVED
        fact = Fact(kind, ticket.ticket_id, SOURCE, event_id, at, at, effect.as_data())
        before = Before.of(ticket)
        if effect.move_to_line and not ticket.done:
            ticket.line = effect.move_to_line
        self._act(fact, before)

    def _look_ahead(self, clock: Clock, state: ClockState) -> None:
        """Notes when the clock's next mark will be reached."""
        state.next_at = None
        if state.state == "running":
            marks = self._open_marks(clock, state)
            if marks:
                state.next_at = max(min(at for at, _ in marks), self.ticket.at)

    # --- facts ------------------------------------------------------------------------------

    def _act(self, fact: Fact, before: Before | None) -> None:
        """What a fact does once the ticket's members have changed by it."""
        ticket, policy = self.ticket, self.policy
        situation = self._situation(fact.at, fact, before)
        change = self._follow_status(fact, before, situation)
        if fact.type == ESCALATED:
            reason = fact.data.get("reason")
            self.verdicts.notice(fact, str(fact.data["to"]), str(reason) if reason else None, {})
        for notice in policy.notices if change.counts else ():
            if notice.on.matches(situation, resolving=change.resolves):
                self.verdicts.notice(fact, notice.role, notice.reason, notice.data)
        for clock in policy.clocks:
            reaction = Reaction(clock, policy, self.verdicts, situation, change)
            if reaction.run():
                self._look_ahead(clock, reaction.state)
        if self.verdicts.drafted:
            self.verdicts.settle(self.next_mark())

    def _follow_status(self, fact: Fact, before: Before | None, situation: Situation) -> Change:
        ticket = self.ticket
        resolving = fact.type == RESOLVED or any(
            pattern.matches(situation, resolving=False) for pattern in self.policy.resolves
        )
        status = status_after(ticket.status, fact, resolving=resolving)
        moves = status != ticket.status
        if moves or before is None:
            ticket.set_status(status, fact.at)
        return Change(
            fact=fact,
            before=before,
            resolves=resolving and moves,
            moves_status=moves,
            counts=moves or fact.type not in _ENDINGS,
        )
