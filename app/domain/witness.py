"""A judge that notes causes: which fact paused a clock, began its cycle, or ended it (34)."""

from datetime import datetime
from typing import NamedTuple

from app.domain.events import SLA_BREACHED, SLA_ESCALATED, SOURCE, Fact
from app.domain.judge import Due, Judge
from app.domain.marks import Effect
from app.domain.policy import Clock, Policy
from app.domain.ticket import Before, ClockState, Ticket

Cycle = tuple[str, int]
"""A clock's id, and which of its cycles."""


class Cause(NamedTuple):
    """What made something so: a fact, at the instant it is folded at, or an SLA event (26)."""

    type: str
    source: str
    id: str
    time: datetime


class Ended(NamedTuple):
    """The end of a cycle: by what, under which policy, and after how many entries of a status."""

    by: Cause | None
    """None where a breach ended it, and no fact did."""
    policy: Policy
    entries: int


class Gap(NamedTuple):
    """Why the work was over for a time, and why it went on (17)."""

    by: Cause | None
    until: Cause


class _Seen(NamedTuple):
    """What a clock was before a fact acted."""

    cycle: int
    live: bool
    origin: datetime | None
    gaps: int
    met_meanwhile: tuple[datetime, str] | None


class Witness(Judge):
    """Folds as every judge does, and remembers the causes."""

    __slots__ = ("_by_effect", "_meetings", "_origins", "begun", "ended", "entered", "gaps", "laws")

    def __init__(self, ticket: Ticket, policy: Policy) -> None:
        super().__init__(ticket, policy)
        self.entered: list[Cause] = []
        """What each entry of the ticket's history came of."""
        self.begun: dict[Cycle, Cause] = {}
        self.ended: dict[Cycle, Ended] = {}
        self.gaps: dict[Cycle, list[Gap]] = {}
        self.laws: dict[tuple[str, str], Policy] = {}
        """The policies it has judged by, by id and version (31)."""
        self._origins: dict[str, Cause] = {}
        self._meetings: dict[str, Cause] = {}
        self._by_effect = False

    def began(self, clock: Clock, state: ClockState) -> Cause | None:
        """What began the clock's current cycle; the breach or reminder before it may have (15)."""
        known = self.begun.get((clock.id, state.cycle))
        if known is not None or state.started_at is None:
            return known
        wanted = SLA_ESCALATED if clock.reminder else SLA_BREACHED
        for event in reversed(self.verdicts.events):
            rolls = event.type == wanted and event.clock == clock.id
            if rolls and event.reached_at == state.started_at:
                return Cause(event.type, SOURCE, event.id, event.reached_at)
        return None

    def _act(self, fact: Fact, before: Before | None) -> None:
        self.laws[self.policy.id, self.policy.version] = self.policy
        seen = [(clock.id, state, _seen(state)) for clock, state in self._clocks]
        super()._act(fact, before)
        type_ = SLA_ESCALATED if self._by_effect else fact.type
        cause = Cause(type_, fact.source, fact.id, fact.at)
        self.entered += [cause] * (len(self.ticket.history) - len(self.entered))
        for clock_id, state, was in seen:
            self._note_meeting(clock_id, state, was, cause)
            self._note_end(clock_id, state, was, cause)
            self._note_begin(clock_id, state, was, cause)

    def _take_effect(self, event_id: str, effect: Effect, at: datetime) -> None:
        self._by_effect = True
        super()._take_effect(event_id, effect, at)
        self._by_effect = False

    def _reach(self, due: list[Due], at: datetime) -> None:
        super()._reach(due, at)
        for each in due:
            cycle = each.clock.id, each.state.cycle
            if not each.state.live and cycle not in self.ended:
                self.ended[cycle] = Ended(None, self.policy, len(self.ticket.history))

    def _note_meeting(self, clock_id: str, state: ClockState, was: _Seen, cause: Cause) -> None:
        if state.met_meanwhile is not None and state.met_meanwhile != was.met_meanwhile:
            self._meetings[clock_id] = cause

    def _note_end(self, clock_id: str, state: ClockState, was: _Seen, cause: Cause) -> None:
        """The cycle that lived before has ended, or was resumed; or one began and ended at once."""
        policy, entries, cycle = self.policy, len(self.ticket.history), (clock_id, was.cycle)
        resumed = state.cycle == was.cycle and len(state.gaps) > was.gaps
        if resumed:
            before = self.ended.get(cycle)
            gap = Gap(None if before is None else before.by, cause)
            self.gaps.setdefault(cycle, []).append(gap)
        if (was.live or resumed) and (state.cycle != was.cycle or not state.live):
            self.ended[cycle] = Ended(cause, policy, entries)
        if state.cycle != was.cycle and state.ending is not None:
            by = cause if state.ending.at == cause.time else self._meetings.get(clock_id)
            self.ended[clock_id, state.cycle] = Ended(by, policy, entries)

    def _note_begin(self, clock_id: str, state: ClockState, was: _Seen, cause: Cause) -> None:
        """A cycle that counts from long ago was begun by the fact of then (9)."""
        origin = self._origins.get(clock_id)
        # A rebinding gives new clocks their origin before it acts (31).
        is_new = state.origin != was.origin or origin is None or origin.time != cause.time
        if is_new and state.origin == cause.time:
            origin = self._origins[clock_id] = cause
        if state.cycle == was.cycle or state.started_at is None:
            return
        cycle = clock_id, state.cycle
        taken_up = not was.live and was.origin == state.started_at
        if taken_up and origin is not None and origin.time == state.started_at:
            self.begun[cycle] = origin
        elif cause.time == state.started_at:
            self.begun[cycle] = cause
        elif state.started_at == self.ticket.opened_at:
            self.begun[cycle] = self.entered[0]


def _seen(state: ClockState) -> _Seen:
    return _Seen(state.cycle, state.live, state.origin, len(state.gaps), state.met_meanwhile)
