"""What a fact does to the clocks: pause, meet, end, start, or count anew."""

from collections.abc import Iterable
from typing import NamedTuple

from app.domain import cycles
from app.domain.conditions import Pattern, Situation
from app.domain.events import (
    CANCELLED,
    CLOSED,
    ESCALATION_ACKNOWLEDGED,
    LINE_MOVED,
    REBOUND,
    REOPENED,
    RESOLVED,
    WAITING_ON_CUSTOMER,
    Fact,
)
from app.domain.marks import ESCALATION
from app.domain.policy import Clock, Policy
from app.domain.ticket import DONE, Before, ClockState, Ticket, status_after
from app.domain.verdicts import Verdicts, identity_of

MOVERS = frozenset({WAITING_ON_CUSTOMER, RESOLVED, REOPENED, CLOSED, CANCELLED})
"""Facts that change nothing unless they change the status: not when repeated (13, 16)."""


class Change(NamedTuple):
    """A fact, and what it has changed on the ticket before its clocks follow."""

    fact: Fact
    before: Before | None
    """None at the opening."""
    situation: Situation
    moves_status: bool
    counts: bool
    """Whether patterns look at it: a repeated ``resolved`` and the like change nothing."""

    @classmethod
    def of(cls, fact: Fact, policy: Policy, ticket: Ticket, before: Before | None) -> "Change":
        """What a fact is to the ticket, which comes to the status that the fact brings."""
        situation = Situation(ticket, policy.calendars, fact, before)
        resolving = _resolves(situation, policy, fact)
        status = status_after(ticket.status, fact, resolving=resolving)
        moves = status != ticket.status
        if moves or before is None:
            ticket.set_status(status, fact.at)
        if moves and resolving:
            situation = situation._replace(resolves=True)
        return cls(fact, before, situation, moves, moves or fact.type not in MOVERS)

    @property
    def reopens(self) -> bool:
        """Whether the work, once over, goes on."""
        return self.moves_status and self.fact.type == REOPENED

    @property
    def ends_or_reopens(self) -> bool:
        """Whether the status has come to one in which the work is over, or left them."""
        return self.moves_status and (self.situation.ticket.done or self.reopens)

    @property
    def moves_line(self) -> bool:
        """Whether the ticket has come to the line it is on."""
        return self.before is None or self.before.line != self.situation.ticket.line

    @property
    def moves_targets(self) -> bool:
        """Whether clocks may have other marks than before."""
        before, ticket = self.before, self.situation.ticket
        return before is not None and (
            before.severity != ticket.severity
            or before.plan != ticket.plan
            or before.agreed_interval != ticket.agreed_interval
        )


def _resolves(situation: Situation, policy: Policy, fact: Fact) -> bool:
    """Whether a fact counts as resolving the ticket."""
    return fact.type == RESOLVED or (
        bool(policy.resolves) and any(each.matches(situation) for each in policy.resolves)
    )


def taken_out_of_a_pause(
    clocks: Iterable[tuple[Clock, ClockState]],
    policy: Policy,
    ticket: Ticket,
    fact: Fact,
    before: Before,
) -> list[tuple[Clock, ClockState]]:
    """The paused clocks for which a fact ends the pause, and may end the cycle with it (12, 13).

    None of a ticket that is cancelled: nothing is raised on it any more (16).
    """
    paused = [each for each in clocks if each[1].state == "paused"]
    if not paused or fact.type == CANCELLED:
        return []
    resolving = _resolves(Situation(ticket, policy.calendars, fact, before), policy, fact)
    status = status_after(ticket.status, fact, resolving=resolving)
    return [
        (clock, state)
        for clock, state in paused
        if status not in clock.pauses_on and (status in DONE or fact.type in clock.watches)
    ]


class Reactions:
    """How each clock answers one change. The order of the steps is the order of the rules."""

    __slots__ = ("_moves_targets", "_stirs_all", "change", "policy", "ticket", "verdicts")

    def __init__(self, policy: Policy, verdicts: Verdicts, change: Change) -> None:
        self.policy = policy
        self.verdicts = verdicts
        self.ticket = verdicts.ticket
        self.change = change
        self._moves_targets = change.moves_targets
        self._stirs_all = (
            change.before is None
            or change.ends_or_reopens
            or self._moves_targets
            or change.fact.type in (ESCALATION_ACKNOWLEDGED, REBOUND)
        )

    def of(self, clock: Clock, state: ClockState) -> bool:
        """Carries it out; answers whether the clock's next mark may be another one."""
        if not self._concerns(clock, state):
            return False
        touched = self.change.moves_status and self._follow_status(clock, state)
        touched |= self._moves_targets and self._recount(clock, state)
        if self.change.fact.type == ESCALATION_ACKNOWLEDGED and clock.stops_on_acknowledgement:
            touched |= self._acknowledge(clock, state)
        if state.live:
            self._count(clock, state)
            touched |= (
                self._meet(clock, state)
                or self._end_with_the_work(clock, state)
                or self._restart(clock, state)
            )
        holds = not clock.bound or self._holds(clock)
        if clock.when and not state.live:
            self._note_meeting(clock, state)
        touched |= not holds and self._stop(clock, state)
        touched |= not state.live and self._start(clock, state, holds=holds)
        if touched and clock.reminder:
            cycles.roll(clock, state, self.policy, self.verdicts, self.change.fact.at)
        return touched or (state.live and clock.conditional)

    def _concerns(self, clock: Clock, state: ClockState) -> bool:
        """A quick no where the steps below would find nothing to do."""
        return (
            self._stirs_all
            or self.change.fact.type in clock.watches
            or clock.bound
            or clock.conditional
            or state.resting
            or (self.change.moves_status and bool(clock.pauses_on))
        )

    def _follow_status(self, clock: Clock, state: ClockState) -> bool:
        """It pauses or goes on as the status says (12), and is taken up again by a reopening."""
        if self.change.reopens and not state.live:
            cycles.reopen(clock, state, self.policy, self.verdicts, self.change.fact)
            return state.live
        return cycles.follow_status(clock, state, self.ticket)

    def _matches_one(self, patterns: tuple[Pattern, ...]) -> bool:
        change = self.change
        if change.counts:
            for pattern in patterns:
                if pattern.matches(change.situation):
                    return True
        return False

    def _recount(self, clock: Clock, state: ClockState) -> bool:
        """Other marks count from the same start; who was told leaves the new ladder (11)."""
        before, ticket = self.change.before, self.ticket
        assert before is not None  # noqa: S101  # an opening moves no targets
        target = self.policy.target(clock, ticket.severity, ticket.plan)
        if target is self.policy.target(clock, before.severity, before.plan):
            return clock.interval_agreed and before.agreed_interval != ticket.agreed_interval
        state.left = len(state.told)
        return True

    def _acknowledge(self, clock: Clock, state: ClockState) -> bool:
        """That of a tier stops further ones where the policy says so (18)."""
        wanted = self.change.fact.data.get("escalation_id")
        state.acknowledged = state.acknowledged or any(
            wanted == self.verdicts.id_of(identity_of(clock, state.cycle, key))
            for key in state.reached
            if key.startswith(ESCALATION)
        )
        return state.acknowledged

    def _meet(self, clock: Clock, state: ClockState) -> bool:
        if not self._matches_one(clock.meets):
            return False
        if self.ticket.status == "cancelled" or (clock.repeats and self.ticket.done):
            return False
        cycles.meet(clock, state, self.policy, self.verdicts, self.change.fact)
        return True

    def _end_with_the_work(self, clock: Clock, state: ClockState) -> bool:
        """What the work's end does not meet, it cancels, unless the clock outlives it (15, 16)."""
        ticket = self.ticket
        if not self.change.moves_status or not ticket.done:
            return False
        if clock.outlives_resolution and not clock.repeats and ticket.status != "cancelled":
            return False
        cycles.end(clock, state, self.policy, self.verdicts, "cancelled", self.change.fact)
        return True

    def _restart(self, clock: Clock, state: ClockState) -> bool:
        if not (clock.restarts and self._matches_one(clock.restarts)):
            return False
        cycles.restart(clock, state, self.policy, self.verdicts, self.change.fact)
        return True

    def _count(self, clock: Clock, state: ClockState) -> None:
        """A fact that rungs of the running cycle await has come."""
        for key, (pattern, most) in clock.awaiting.items():
            came = state.awaited.setdefault(key, [])
            if len(came) < most and self._matches_one((pattern,)):
                came.append(self.change.fact.at)

    def _note_meeting(self, clock: Clock, state: ClockState) -> None:
        """A fact meets it while it may not run: known in case it counts from its start again."""
        if state.origin is None or state.met_meanwhile is not None or clock.repeats:
            return
        if not self.ticket.done and self._matches_one(clock.meets):
            fact = self.change.fact
            state.met_meanwhile = fact.at, fact.type

    def _on_its_line(self, clock: Clock) -> bool:
        return clock.line is None or clock.line == self.ticket.line

    def _holds(self, clock: Clock) -> bool:
        return self._on_its_line(clock) and self.change.situation.holds(clock.when)

    def _stop(self, clock: Clock, state: ClockState) -> bool:
        """Leaving the line ends the cycle; so does ``when``, until it holds again (9)."""
        if not state.live:
            return False
        cycles.suspend(clock, state, self.policy, self.verdicts, self.change.fact)
        return True

    def _start(self, clock: Clock, state: ClockState, *, holds: bool) -> bool:
        """A start fact begins a cycle when none is running; a resting clock wakes (9, 15).

        None begins while the work is over; a line entered then is worked on from the reopening.
        """
        ticket = self.ticket
        if ticket.status == "cancelled":
            return False
        may_run = not ticket.done or clock.outlives_resolution
        if (may_run or clock.line is not None) and self._is_started(clock, state):
            fact = self.change.fact
            state.origin, state.misses = fact.at, 0
            state.begun_by, state.met_meanwhile = fact.name, None
        if state.origin is None or not (holds and may_run):
            return False
        met_meanwhile = state.met_meanwhile
        cycles.start(clock, state, ticket, state.origin, state.begun_by)
        if met_meanwhile is not None:
            state.met_meanwhile = met_meanwhile
            cycles.meet_in_the_past(clock, state, self.policy, self.verdicts, self.change.fact.at)
        return True

    def _is_started(self, clock: Clock, state: ClockState) -> bool:
        if state.resting and self.change.fact.type != LINE_MOVED:
            return True
        if clock.line is not None:
            return self.change.moves_line and self._on_its_line(clock)
        return self._matches_one(clock.starts)
