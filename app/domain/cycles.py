"""What happens to a clock: its cycles start, pause, go on, end, and are taken up again."""

from datetime import datetime

from app.domain.clocks import marks_to_come, read
from app.domain.conditions import Situation
from app.domain.events import (
    CLOSED,
    MILESTONE_REACHED,
    RESOLVED,
    SLA_BREACHED,
    SLA_ESCALATED,
    WORKAROUND_PROVIDED,
    Fact,
)
from app.domain.policy import Clock, Mark, Policy
from app.domain.ticket import ClockState, Ending, Ticket
from app.domain.verdicts import Verdicts

MISSES_UNTIL_REST = 100
"""After so many misses in a row a repeating clock rests (15)."""

ENDS_WORK = frozenset({RESOLVED, CLOSED, WORKAROUND_PROVIDED, MILESTONE_REACHED})
"""Meetings that a reopening takes back (17)."""


def start(clock: Clock, state: ClockState, ticket: Ticket, at: datetime) -> None:
    """A new cycle begins at ``at``, paused at once if the status pauses the clock."""
    state.cycle += 1
    state.origin = state.started_at = at
    state.state = "paused" if ticket.status in clock.pauses_on else "running"
    state.breached_at = state.ending = None
    state.reached, state.told, state.gaps = [], [], []
    state.left = 0
    state.resting = state.acknowledged = False


def follow_status(clock: Clock, state: ClockState, ticket: Ticket) -> bool:
    """Pauses or resumes a live cycle as the status says; answers whether it did either (12)."""
    wanted = "paused" if ticket.status in clock.pauses_on else "running"
    if not state.live or state.state == wanted:
        return False
    state.state = wanted
    return True


def end(
    clock: Clock, state: ClockState, policy: Policy, verdicts: Verdicts, result: str, fact: Fact
) -> None:
    """The cycle ends at a fact, ``met`` or ``cancelled``; what it then shows stands (36)."""
    _finish(clock, state, policy, verdicts, result, fact.at, fact.type)
    state.origin = None


def suspend(
    clock: Clock, state: ClockState, policy: Policy, verdicts: Verdicts, fact: Fact
) -> None:
    """``when`` holds no more: the cycle is cancelled, its start fact kept for when it does (9)."""
    _finish(clock, state, policy, verdicts, "cancelled", fact.at, fact.type)


def _finish(
    clock: Clock,
    state: ClockState,
    policy: Policy,
    verdicts: Verdicts,
    result: str,
    at: datetime,
    by: str,
) -> None:
    ticket = verdicts.ticket
    shown = read(clock, state, ticket, policy, at)
    state.state = result
    state.next_at = None
    state.ending = Ending(
        at=at,
        by=by,
        goal=shown.goal,
        calendar=shown.calendar,
        warn_at=shown.warn_at,
        due_at=shown.due_at,
        elapsed_seconds=shown.elapsed_seconds,
        remaining_seconds=shown.remaining_seconds,
        paused_seconds=shown.paused_seconds,
    )
    target = policy.target(clock, ticket.severity, ticket.plan)
    if result == "met" and not clock.reminder and target is not None and target.marks:
        verdicts.met(clock, state, state.ending)
    verdicts.outcome(clock, state, state.ending)


def meet(
    clock: Clock, state: ClockState, policy: Policy, verdicts: Verdicts, situation: Situation
) -> None:
    """The fact at hand meets the cycle; a repeating clock begins its next one (9, 15)."""
    fact = situation.fact
    assert fact is not None  # noqa: S101  # only facts meet
    end(clock, state, policy, verdicts, "met", fact)
    if clock.repeats:
        state.misses = 0
        start(clock, state, verdicts.ticket, fact.at)


def reach(
    clock: Clock,
    state: ClockState,
    verdicts: Verdicts,
    mark: Mark,
    target_at: datetime,
    reached_at: datetime,
) -> str:
    """A mark of the cycle is reached; answers its event's id."""
    event_id = verdicts.mark(clock, state, mark, target_at, reached_at)
    state.reached.append(mark.key)
    if mark.kind == "breach":
        state.breached_at = reached_at
    elif mark.kind == "escalation" and mark.role is not None:
        state.told.append(mark.role)
    return event_id


def roll(clock: Clock, state: ClockState, policy: Policy, verdicts: Verdicts, at: datetime) -> None:
    """After the marks of an instant: a repeating clock whose cycle is over begins the next (15).

    A promise is over, ``missed``, at its breach; a reminder, ``met``, when all its roles are told.
    """
    if not clock.repeats or not state.live:
        return
    ticket = verdicts.ticket
    if clock.reminder:
        if next(marks_to_come(clock, state, ticket, policy), None) is None:
            _finish(clock, state, policy, verdicts, "met", at, SLA_ESCALATED)
            start(clock, state, ticket, at)
    elif state.breached_at is not None:
        _finish(clock, state, policy, verdicts, "missed", at, SLA_BREACHED)
        state.misses += 1
        if state.misses >= MISSES_UNTIL_REST:
            state.resting, state.origin = True, None
        else:
            start(clock, state, ticket, at)


def reopen(clock: Clock, state: ClockState, policy: Policy, verdicts: Verdicts, fact: Fact) -> None:
    """The work goes on: resume what its ending had met, begin anew what repeats (15, 17)."""
    ticket = verdicts.ticket
    if state.live or state.cycle == 0:
        return
    if clock.repeats:
        state.misses = 0
        start(clock, state, ticket, fact.at)
        return
    ending = state.ending
    if state.state != "met" or ending is None or not _ended_the_work(clock, ending):
        return
    if clock.on_reopen == "restart":
        start(clock, state, ticket, fact.at)
        return
    target = policy.target(clock, ticket.severity, ticket.plan)
    if target is not None and target.marks:
        verdicts.retract_met(clock, state, fact)
    verdicts.withdraw(clock, state)
    state.gaps.append((ending.at, fact.at))
    state.ending = None
    state.origin = state.started_at
    state.state = "paused" if ticket.status in clock.pauses_on else "running"


def _ended_the_work(clock: Clock, ending: Ending) -> bool:
    return ending.by in ENDS_WORK and any(
        pattern.type in (RESOLVED, CLOSED) for pattern in clock.meets
    )
