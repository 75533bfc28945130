"""What happens to a clock: its cycles start, pause, go on, end, and are taken up again."""

from datetime import datetime

from app.domain.clocks import marks_to_come, read
from app.domain.events import (
    CLOSED,
    MILESTONE_REACHED,
    RESOLVED,
    SLA_BREACHED,
    SLA_ESCALATED,
    WORKAROUND_PROVIDED,
    Fact,
)
from app.domain.holding import holding
from app.domain.marks import BREACH, ESCALATION, Mark
from app.domain.policy import Clock, Policy
from app.domain.ticket import DONE, ClockState, Ending, Ticket
from app.domain.verdicts import Verdicts

MISSES_UNTIL_REST = 100
"""After so many misses in a row a repeating clock rests (15)."""


def start(
    clock: Clock,
    state: ClockState,
    ticket: Ticket,
    at: datetime,
    by: tuple[str, str] | None = None,
) -> None:
    """A new cycle begins at ``at``, paused at once if the status pauses the clock.

    ``by`` is the source and id of the fact that began it, if one did. Where ``at`` lies back (9),
    the time for which the work was over since does not count (17).
    """
    state.cycle += 1
    state.origin = state.started_at = at
    state.state = "paused" if ticket.status in clock.pauses_on else "running"
    state.breached_at = state.ending = None
    state.reached, state.told, state.gaps = [], [], []
    state.awaited, state.met_meanwhile = {}, None
    state.begun_by = by if clock.awaiting else None
    state.left = 0
    state.resting = state.acknowledged = state.met_raised = False
    if at < ticket.at and not clock.outlives_resolution:
        state.gaps, _ = ticket.stretches_in(DONE, at)


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
    """It may not run any more: the cycle is cancelled, its start fact kept for when it may (9)."""
    _finish(clock, state, policy, verdicts, "cancelled", fact.at, fact.type)


def restart(
    clock: Clock, state: ClockState, policy: Policy, verdicts: Verdicts, fact: Fact
) -> None:
    """The cycle is given up, and begins anew at a fact."""
    end(clock, state, policy, verdicts, "cancelled", fact)
    start(clock, state, verdicts.ticket, fact.at, fact.name)


def meet(clock: Clock, state: ClockState, policy: Policy, verdicts: Verdicts, fact: Fact) -> None:
    """A fact meets the cycle; a repeating clock begins its next one (9, 15)."""
    end(clock, state, policy, verdicts, "met", fact)
    if clock.repeats:
        state.misses = 0
        start(clock, state, verdicts.ticket, fact.at, fact.name)


def meet_in_the_past(
    clock: Clock, state: ClockState, policy: Policy, verdicts: Verdicts, now: datetime
) -> None:
    """A cycle that now counts from long ago was met since: what was due before is reached (14)."""
    assert state.met_meanwhile is not None  # noqa: S101  # its caller has looked
    at, by = state.met_meanwhile
    due = marks_to_come(clock, state, verdicts.ticket, policy)
    for target_at, mark in sorted(due, key=lambda each: each[0]):
        if target_at < at:
            reach(clock, state, verdicts, mark, target_at, now)
    _finish(clock, state, policy, verdicts, "met", at, by)
    state.origin = None


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
    state.ending = Ending(at, by, *read(clock, state, ticket, policy, at, ending=True))
    state.state = result
    if result == "met" and not clock.reminder:
        target = policy.target(clock, ticket.severity, ticket.plan)
        if target is not None and target.marks:
            verdicts.met(clock, state, state.ending)
            state.met_raised = True
    held = holding(clock, state, ticket, policy, state.ending)
    verdicts.outcome(clock, state, state.ending, held)


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
    if mark.kind == BREACH:
        state.breached_at = reached_at
    elif mark.kind == ESCALATION and mark.role is not None:
        state.told.append(mark.role)
    return event_id


def roll(clock: Clock, state: ClockState, policy: Policy, verdicts: Verdicts, at: datetime) -> None:
    """A repeating clock whose cycle is over begins the next (15).

    A promise is over, ``missed``, at its breach; a reminder, ``met``, when all its roles are told.
    """
    if not clock.repeats or state.state != "running" or not state.reached:
        return
    ticket = verdicts.ticket
    if clock.reminder:
        if not marks_to_come(clock, state, ticket, policy):
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
    if state.cycle == 0:
        return
    if clock.repeats:
        state.misses, state.origin, state.begun_by = 0, fact.at, fact.name
    elif state.state == "met" and _ended_the_work(clock, state, policy):
        if clock.on_reopen == "stay":
            return
        if clock.on_reopen == "restart":
            state.origin, state.begun_by = fact.at, fact.name
        else:
            _resume(clock, state, verdicts, fact)


def _ended_the_work(clock: Clock, state: ClockState, policy: Policy) -> bool:
    """Whether its meeting is one that a reopening takes back (17)."""
    ending = state.ending
    if ending is None or not any(each.type in (RESOLVED, CLOSED) for each in clock.meets):
        return False
    if ending.by in (RESOLVED, CLOSED) or any(each.type == ending.by for each in policy.resolves):
        return True
    return clock.measures_work and ending.by in (WORKAROUND_PROVIDED, MILESTONE_REACHED)


def _resume(clock: Clock, state: ClockState, verdicts: Verdicts, fact: Fact) -> None:
    assert state.ending is not None  # noqa: S101  # `reopen` asks for cycles that ended
    if state.met_raised:
        verdicts.retract_met(clock, state, fact)
        state.met_raised = False
    verdicts.withdraw(clock, state)
    state.gaps.append((state.ending.at, fact.at))
    state.ending = None
    state.origin = state.started_at
    state.state = "paused" if verdicts.ticket.status in clock.pauses_on else "running"
