"""Judges one ticket: facts and time go in, SLA events and the new state come out.

The theory: facts, policy and an instant determine which marks have been reached. Time passes up to
each fact, the fact acts, and at last time passes up to now. One long step of time and many short
ones give the same events (25).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import count
from typing import NamedTuple

from app.domain import cycles, rebinding
from app.domain.clocks import marks_to_come
from app.domain.events import CLOSED, ESCALATED, LINE_MOVED, SOURCE, Fact, NextMark
from app.domain.facts import change, check, opened
from app.domain.marks import KIND_ORDER, NOTICE, Effect, Mark
from app.domain.policy import Clock, Notice, Policy
from app.domain.reactions import Change, Reactions, taken_out_of_a_pause
from app.domain.ticket import Before, ClockState, Ticket
from app.domain.verdicts import Verdicts

EFFECTS_UNTIL_REST = 100

NONE_YET: Mapping[str, int] = {}


class Due(NamedTuple):
    """A mark that is reached next."""

    target_at: datetime
    clock: Clock
    state: ClockState
    mark: Mark

    @property
    def order(self) -> tuple[datetime, bool, int, int, int, int]:
        """Place among what is reached at one instant (25)."""
        mark = self.mark
        kind, place = KIND_ORDER[mark.kind], self.clock.place
        return self.target_at, mark.kind != NOTICE, place, kind, mark.tier or 0, mark.repetition


class Judge:
    """Folds facts and time into a ticket, which it changes in place."""

    __slots__ = ("_ahead", "_clocks", "policy", "ticket", "verdicts")

    def __init__(self, ticket: Ticket, policy: Policy) -> None:
        self.ticket = ticket
        self.policy = policy
        self.verdicts = Verdicts(ticket, policy)
        for clock in policy.clocks:
            if clock.id not in ticket.clocks:
                ticket.clocks[clock.id] = ClockState()
        self._clocks = [(clock, ticket.clocks[clock.id]) for clock in policy.clocks]
        self._ahead: dict[str, list[tuple[datetime, Mark]]] = {}

    @classmethod
    def opening(
        cls, fact: Fact, policy: Policy, retractions: Mapping[str, int] = NONE_YET
    ) -> "Judge":
        """Begins a ticket with its opening; FactRefused if the policy does not take it."""
        judge = cls(opened(fact, policy), policy)
        judge.ticket.retractions = dict(retractions)
        judge._act(fact, None)
        judge._settle()
        return judge

    def fact(self, fact: Fact) -> None:
        """Time passes up to the fact, exclusively; then the fact acts (25).

        FactRefused, before anything is changed, if the policy does not take it.
        """
        ticket = self.ticket
        check(ticket, fact, self.policy)
        self.pass_time(fact.at, including=False)
        ticket.last_fact_at = ticket.at = fact.at
        ticket.effects = 0
        if ticket.status != "cancelled":
            before = Before.of(ticket)
            change(ticket, fact, self.policy, before)
            self._act(fact, self._go_on(fact, before))
            self._settle()

    def rebind(self, fact: Fact, policy: Policy) -> None:
        """Time passes up to the fact; from then on the ticket is judged by another policy (31).

        FactRefused, before the fact acts, if that lacks the ticket's severity, plan or line.
        """
        ticket, old = self.ticket, self.policy
        self.pass_time(fact.at, including=False)
        members = rebinding.members_in(policy, ticket)
        ticket.last_fact_at = ticket.at = fact.at
        ticket.effects = 0
        if ticket.status == "cancelled":
            return
        before = Before.of(ticket)
        rebinding.end_gone(old, policy, self.verdicts, fact)
        rebinding.take_over(old, policy, ticket, members, fact)
        self.policy = self.verdicts.policy = policy
        self._clocks = [(clock, ticket.clocks[clock.id]) for clock in policy.clocks]
        self._act(fact, before)
        for clock, state in self._clocks:
            self._look_ahead(clock, state)
        self._settle()

    def pass_time(
        self, until: datetime, *, including: bool = True, most: int | None = None
    ) -> bool:
        """Every mark whose target lies before ``until`` is reached, or at it if ``including``.

        ``most``: those of so many instants; answers whether more may be due, for the next time.
        """
        for _ in count() if most is None else range(most):
            at = self.next_due_at()
            if at is None or at > until:
                return False
            due = [each for each in self._due(at) if including or each.target_at < until]
            if not due:
                return False
            self._reach(due, at)
            self._settle()
        return True

    def next_mark(self) -> NextMark | None:
        """The mark that will be reached next if nothing else happens."""
        at = self.next_due_at()
        if at is None:
            return None
        _, clock, _, mark = self._due(at)[0]
        return NextMark(clock.id, mark.kind, mark.tier, mark.role, at)

    def next_due_at(self) -> datetime | None:
        """When the next mark will be reached if nothing else happens."""
        earliest: datetime | None = None
        for state in self.ticket.clocks.values():
            at = state.next_at
            if at is not None and (earliest is None or at < earliest):
                earliest = at
        return earliest

    def to_come(self) -> Iterator[tuple[Clock, ClockState, list[tuple[datetime, Mark]]]]:
        """The clocks that have marks to come, with these and their targets."""
        for clock, state in self._clocks:
            if state.next_at is not None:
                yield clock, state, self._marks(clock, state)

    def turn(self, effect: Effect, at: datetime) -> None:
        """An effect acts on the ticket, whatever brought it about (26)."""
        self._take_effect("", effect, at)
        self._settle()

    def _settle(self) -> None:
        if self.verdicts.drafted:
            self.verdicts.settle(self.next_mark())

    # --- time -------------------------------------------------------------------------------

    def _due(self, at: datetime) -> list[Due]:
        """What is reached at the next instant, ``at``, in order; a target may lie back (11, 12)."""
        due = [
            Due(target_at, clock, state, mark)
            for clock, state in self._clocks
            if state.next_at == at
            for target_at, mark in self._marks(clock, state)
            if target_at <= at
        ]
        if len(due) > 1:
            due.sort(key=lambda each: each.order)
        return due

    def _marks(self, clock: Clock, state: ClockState) -> list[tuple[datetime, Mark]]:
        """The marks to come as of the last look ahead, here or before the state was saved."""
        marks = self._ahead.get(clock.id)
        if marks is None:
            marks = self._ahead[clock.id] = marks_to_come(clock, state, self.ticket, self.policy)
        return marks

    def _reach(self, due: list[Due], at: datetime) -> None:
        """The marks of one instant, then what they do to their clocks and to the ticket (26)."""
        ticket = self.ticket
        effects: list[tuple[str, Effect]] = []
        for target_at, clock, state, mark in due:
            event_id = cycles.reach(clock, state, self.verdicts, mark, target_at, at)
            if mark.effect:
                effects.append((event_id, mark.effect))
            ticket.last_target_at = max(ticket.last_target_at or target_at, target_at)
        for clock, state in {each.clock.id: (each.clock, each.state) for each in due}.values():
            cycle = state.cycle
            cycles.roll(clock, state, self.policy, self.verdicts, at)
            if state.cycle == cycle and state.live:
                self._pass_over(clock, state)
            else:
                self._look_ahead(clock, state)
        for event_id, effect in effects:
            self._take_effect(event_id, effect, at)

    def _take_effect(self, event_id: str, effect: Effect, at: datetime) -> None:
        """An effect acts as a fact would: closing as ``ticket.closed``, moving as entering (16).

        After many in a row they rest until the ticket's next fact: two clocks that move a ticket
        to and fro would otherwise never come to an end.
        """
        ticket = self.ticket
        if ticket.effects >= EFFECTS_UNTIL_REST:
            return
        ticket.effects += 1
        ticket.at = at
        kind = CLOSED if effect.close else LINE_MOVED
        fact = Fact(kind, ticket.ticket_id, SOURCE, event_id, at, at, effect.as_data())
        before = Before.of(ticket)
        if effect.move_to_line is not None:
            ticket.move_to(effect.move_to_line, at)
        self._act(fact, before)

    def _look_ahead(self, clock: Clock, state: ClockState) -> None:
        """Finds the marks to come of a clock to which something has happened."""
        marks = marks_to_come(clock, state, self.ticket, self.policy)
        self._expect(clock, state, marks)

    def _pass_over(self, clock: Clock, state: ClockState) -> None:
        """Marks were reached, and nothing else has happened: the others stay as they are."""
        marks = [each for each in self._ahead[clock.id] if each[1].key not in state.reached]
        self._expect(clock, state, marks)

    def _expect(self, clock: Clock, state: ClockState, marks: list[tuple[datetime, Mark]]) -> None:
        """Notes when the clock's next mark will be reached."""
        self._ahead[clock.id] = marks
        earliest = min([target_at for target_at, _ in marks], default=None)
        state.next_at = None if earliest is None else max(earliest, self.ticket.at)

    # --- facts ------------------------------------------------------------------------------

    def _go_on(self, fact: Fact, before: Before) -> Before:
        """What ends a pause and perhaps the cycle too: the clocks go on first, then it acts (12).

        What is due by then is reached in between, with its effects, as if the ticket had gone on
        an instant earlier. Answers how it was before the fact, given what they did.
        """
        ticket, line = self.ticket, self.ticket.line
        gone_on: list[tuple[Clock, ClockState]] = []
        # What is reached may begin other clocks, paused as the ticket still is.
        while resumed := taken_out_of_a_pause(self._clocks, self.policy, ticket, fact, before):
            for clock, state in resumed:
                state.state = "running"
                self._look_ahead(clock, state)
            self.pass_time(fact.at, including=False)
            gone_on += resumed
        for clock, state in gone_on:
            if cycles.follow_status(clock, state, ticket):
                self._look_ahead(clock, state)
        moved = ticket.line != line
        return before._replace(status=ticket.status, line=ticket.line if moved else before.line)

    def _act(self, fact: Fact, before: Before | None) -> None:
        """What a fact does once the ticket's members have changed by it."""
        change = Change.of(fact, self.policy, self.ticket, before)
        self._notify(change)
        reactions = Reactions(self.policy, self.verdicts, change)
        for clock, state in self._clocks:
            if reactions.of(clock, state):
                self._look_ahead(clock, state)

    def _notify(self, change: Change) -> None:
        """Those whom a person escalates to, or the policy tells of such a fact."""
        fact = change.fact
        if fact.type == ESCALATED:
            reason = fact.data.get("reason")
            reason = None if reason is None else str(reason)
            self.verdicts.notice(fact, str(fact.data["to"]), reason, {})
        if change.counts:
            for notice in self.policy.notices:
                if notice.on.matches(change.situation) and self._is_due(notice):
                    self.verdicts.notice(fact, notice.role, notice.reason, notice.data)

    def _is_due(self, notice: Notice) -> bool:
        """Whether a notice comes, which may do so only once."""
        if not notice.once:
            return True
        told, name = self.ticket.told_once, f"{notice.role}/{notice.reason or ''}"
        if name in told:
            return False
        told.append(name)
        return True
