"""What a fact does to one clock: pause, meet, end, start, or count anew."""

from dataclasses import dataclass

from app.domain import cycles
from app.domain.conditions import Pattern, Situation
from app.domain.events import ESCALATION_ACKNOWLEDGED, Fact, sla_event_id
from app.domain.facts import Before
from app.domain.policy import Clock, Policy
from app.domain.ticket import DONE, ClockState, Ticket
from app.domain.verdicts import Verdicts


@dataclass(frozen=True, slots=True)
class Change:
    """What a fact has changed on the ticket, before its clocks follow."""

    fact: Fact
    before: Before | None
    """None at the opening."""
    resolves: bool
    moves_status: bool
    counts: bool
    """Whether patterns look at it: a repeated ``resolved`` and the like change nothing."""

    def reopens(self) -> bool:
        """Whether the work, once over, goes on."""
        return (
            self.moves_status
            and self.before is not None
            and self.before.status in DONE
            and self.fact.type == "ticket.reopened"
        )

    def recomputes(self, ticket: Ticket) -> bool:
        """Whether running clocks are counted anew from their starts (11)."""
        before = self.before
        return before is not None and (
            before.severity != ticket.severity
            or before.plan != ticket.plan
            or before.agreed_interval != ticket.agreed_interval
        )

    def enters_line(self, ticket: Ticket) -> bool:
        """Whether the ticket has come to the line it is on."""
        return self.before is None or self.before.line != ticket.line


class Reaction:
    """One clock's answer to one change. The order of the steps is the order of the rules."""

    __slots__ = ("change", "clock", "policy", "situation", "state", "verdicts")

    def __init__(
        self,
        clock: Clock,
        policy: Policy,
        verdicts: Verdicts,
        situation: Situation,
        change: Change,
    ) -> None:
        self.clock = clock
        self.policy = policy
        self.verdicts = verdicts
        self.situation = situation
        self.change = change
        ticket = verdicts.ticket
        self.state: ClockState = ticket.clocks.get(clock.id) or ClockState()
        ticket.clocks[clock.id] = self.state

    def run(self) -> bool:
        """Carries it out; answers whether the clock's next mark may be another one."""
        state, ticket, fact = self.state, self.verdicts.ticket, self.change.fact
        touched = cycles.follow_status(self.clock, state, ticket)
        if self.change.recomputes(ticket):
            state.left = len(state.told)
            touched = True
        if fact.type == ESCALATION_ACKNOWLEDGED:
            touched |= self._acknowledge()
        if self.change.reopens():
            cycles.reopen(self.clock, state, self.policy, self.verdicts, fact)
            touched = True
        touched |= self._meet() or self._end_with_the_work()
        holds = self._on_its_line() and self.situation.holds(self.clock.when)
        touched |= self._stop(holds=holds)
        touched |= self._start(holds=holds)
        return touched or (state.live and self.clock.conditional)

    def _matches_one(self, patterns: tuple[Pattern, ...]) -> bool:
        return self.change.counts and any(
            pattern.matches(self.situation, resolving=self.change.resolves) for pattern in patterns
        )

    def _meet(self) -> bool:
        over = self.clock.repeats and self.verdicts.ticket.done
        if not self.state.live or over or not self._matches_one(self.clock.meets):
            return False
        cycles.meet(self.clock, self.state, self.policy, self.verdicts, self.situation)
        return True

    def _end_with_the_work(self) -> bool:
        """What the work's end does not meet, it cancels, unless the clock outlives it (15, 16)."""
        ticket = self.verdicts.ticket
        if not self.state.live or not self.change.moves_status or not ticket.done:
            return False
        outlives = self.clock.outlives_resolution and not self.clock.repeats
        if outlives and ticket.status != "cancelled":
            return False
        self._cancel()
        return True

    def _cancel(self) -> None:
        cycles.end(
            self.clock, self.state, self.policy, self.verdicts, "cancelled", self.change.fact
        )

    def _on_its_line(self) -> bool:
        return self.clock.line is None or self.clock.line == self.verdicts.ticket.line

    def _stop(self, *, holds: bool) -> bool:
        """Leaving the line ends the cycle; so does ``when``, until it holds again (9)."""
        state, on_its_line = self.state, self._on_its_line()
        if holds or not state.live:
            state.origin = state.origin if on_its_line else None
            return False
        if on_its_line:
            cycles.suspend(self.clock, state, self.policy, self.verdicts, self.change.fact)
        else:
            self._cancel()
        return True

    def _start(self, *, holds: bool) -> bool:
        """A start fact begins a cycle when none is running; a resting clock wakes (9, 15)."""
        state, ticket, at = self.state, self.verdicts.ticket, self.change.fact.at
        if state.live or (ticket.done and not self.clock.outlives_resolution):
            return False
        if ticket.status == "cancelled":
            return False
        if self._is_started() or (state.resting and holds):
            state.origin = state.origin or at
            state.misses = 0
        if not holds or state.origin is None:
            return False
        cycles.start(self.clock, state, ticket, state.origin)
        return True

    def _is_started(self) -> bool:
        if self.clock.line is not None:
            return self._on_its_line() and self.change.enters_line(self.verdicts.ticket)
        return self._matches_one(self.clock.starts)

    def _acknowledge(self) -> bool:
        """An acknowledgement stops further tiers where the policy says so (18)."""
        state, ticket = self.state, self.verdicts.ticket
        if not self.clock.stops_on_acknowledgement or not state.live:
            return False
        wanted = self.change.fact.data.get("escalation_id")
        state.acknowledged = state.acknowledged or any(
            wanted
            == sla_event_id(
                ticket.ticket_id,
                self.clock.id,
                state.cycle,
                key,
                ticket.retractions.get(f"{self.clock.id}/{state.cycle}/{key}", 0),
            )
            for key in state.reached
        )
        return state.acknowledged
