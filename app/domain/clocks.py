"""One clock on one ticket: its pauses, its target instants, and what it shows at an instant.

Nothing here changes anything; ``cycles.py`` does.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from app.domain.calendar import Calendar
from app.domain.conditions import Situation
from app.domain.marks import BREACH, ESCALATION, Awaits, Mark
from app.domain.policy import Clock, Policy, Target
from app.domain.span import Span
from app.domain.ticket import ClockState, Stretch, Ticket

ZERO = timedelta(0)


class Pauses(NamedTuple):
    """The pauses of a cycle that are over, in order and apart, and since when one lasts."""

    over: Sequence[Stretch] = ()
    since: datetime | None = None


NO_PAUSES = Pauses()


def pauses(clock: Clock, state: ClockState, ticket: Ticket) -> Pauses:
    """When the cycle stood still: while the status pauses it, and before a reopening (12, 17)."""
    if not clock.pauses_on and not state.gaps:
        return NO_PAUSES
    assert state.started_at is not None  # noqa: S101  # only cycles that started have pauses
    over, since = ticket.stretches_in(clock.pauses_on, state.started_at)
    if since is not None and state.state == "running":  # it goes on before its fact acts (12)
        over, since = _apart([*over, (since, ticket.at)]), None
    if state.gaps:
        over = _apart(over + state.gaps)
        if since is not None:  # the work may have been over, and gone on, within the pause
            over = [(start, min(end, since)) for start, end in over if start < since]
    return Pauses(over, since)


def _apart(found: list[Stretch]) -> list[Stretch]:
    """The same stretches of time, in order, those that touch made one."""
    apart: list[Stretch] = []
    for start, end in sorted(found):
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def target_instant(
    calendar: Calendar, start: datetime, span: Span, mark: Mark, paused: Pauses
) -> datetime:
    """The instant of a mark of a cycle begun at ``start``, paused time skipped (10).

    The open time that was paused is added on. For hours that comes to skipping it; for business
    days it is the rule. ``span`` stands for the mark's own.
    """
    base = span.after(calendar, start)
    if not (paused.over or mark.extra or mark.before or mark.past):
        return base
    if mark.before:
        base = max(start, calendar.back(base, mark.before))
    at, later = _after_pauses(calendar, base, mark.extra, paused.over)
    if mark.past:
        at, _ = _after_pauses(calendar, mark.past.after(calendar, at), ZERO, later)
    return at


def _after_pauses(
    calendar: Calendar, base: datetime, owed: timedelta, pauses: Sequence[Stretch]
) -> tuple[datetime, Sequence[Stretch]]:
    """``owed`` after ``base``, and the pauses begun by then on top; answers the others as well."""
    at = calendar.add(base, owed) if owed else base
    for place, (pause_start, pause_end) in enumerate(pauses):
        if pause_start >= at:
            return at, pauses[place:]
        owed += _between(calendar, pause_start, pause_end)
        at = calendar.add(base, owed)
    return at, ()


_agreed = lru_cache(maxsize=1024)(Span.parse)


def agreed(clock: Clock, span: Span, ticket: Ticket) -> Span:
    """What was agreed with the customer instead of a clock's goal, or that."""
    if clock.interval_agreed and ticket.agreed_interval:
        return _agreed(ticket.agreed_interval)
    return span


def instant_of(
    clock: Clock, state: ClockState, ticket: Ticket, target: Target, mark: Mark, paused: Pauses
) -> datetime:
    """When a mark of the running cycle is due by the clock alone."""
    assert state.started_at is not None  # noqa: S101  # only cycles that started have marks
    span = agreed(clock, mark.after, ticket) if mark.of_due else mark.after
    return target_instant(target.calendar, state.started_at, span, mark, paused)


def marks_to_come(
    clock: Clock, state: ClockState, ticket: Ticket, policy: Policy
) -> list[tuple[datetime, Mark]]:
    """The marks of the cycle that only time keeps from being reached, and their targets.

    None while paused (12); none that is reached, has left the ladder, or whose condition fails.
    """
    target = policy.target(clock, ticket.severity, ticket.plan)
    if state.state != "running" or target is None:
        return []
    paused = pauses(clock, state, ticket)
    found: list[tuple[datetime, Mark]] = []
    for mark in target.marks:
        if mark.key in state.reached:
            continue
        if mark.kind == ESCALATION and _has_left(mark, state):
            continue
        if mark.conditions and not _applies(mark, ticket, policy):
            continue
        at = instant_of(clock, state, ticket, target, mark, paused)
        if mark.awaits is None:
            found.append((at, mark))
        else:
            found += _awaiting(mark, mark.awaits, at, state, target.calendar)
    return found


def _awaiting(
    mark: Mark, awaits: Awaits, at: datetime, state: ClockState, calendar: Calendar
) -> list[tuple[datetime, Mark]]:
    """A rung that is due at ``at``, if by then the facts have come that it awaits.

    Otherwise the notice that they are missing; and the rung once they are there.
    """
    came = state.awaited.get(awaits.key, [])
    if len(came) < awaits.times:
        return [] if awaits.meanwhile.key in state.reached else [(at, awaits.meanwhile)]
    last = came[awaits.times - 1]
    return [(at if last <= at else max(at, awaits.then.after(calendar, last)), mark)]


def _has_left(mark: Mark, state: ClockState) -> bool:
    """Whether acknowledging or telling its role has taken a rung off the ladder (11, 18)."""
    return state.acknowledged or mark.role in state.told[: state.left]


def _applies(mark: Mark, ticket: Ticket, policy: Policy) -> bool:
    return Situation(ticket, policy.calendars).holds(mark.conditions)


class Reading(NamedTuple):
    """What a clock shows at an instant. Seconds are open time of its calendar, save paused."""

    goal: str | None
    calendar: str | None
    warn_at: datetime | None
    due_at: datetime | None
    elapsed_seconds: float
    remaining_seconds: float | None
    paused_seconds: float


NO_READING = Reading(None, None, None, None, 0.0, None, 0.0)


def read(
    clock: Clock,
    state: ClockState,
    ticket: Ticket,
    policy: Policy,
    at: datetime,
    *,
    ending: bool = False,
) -> Reading:
    """What the clock's current cycle shows at an instant not before its start.

    While paused the deadline is unknown: ``due_at`` is None, ``remaining_seconds`` stands (12).
    ``ending``: the cycle ends at this instant, so that a pause only now begun is none.
    """
    target = policy.target(clock, ticket.severity, ticket.plan)
    if target is None:
        return NO_READING
    calendar = target.calendar
    goal = agreed(clock, target.goal, ticket).text if target.goal else None
    if state.started_at is None:
        return NO_READING._replace(goal=goal, calendar=calendar.name)
    paused = pauses(clock, state, ticket)
    until = at if paused.since is None else min(at, paused.since)
    warn_at, due_at = _deadlines(clock, state, ticket, policy, target, paused)
    remaining = None if due_at is None else -counted(calendar, due_at, until, paused)
    if paused.since is not None and not (ending and paused.since == at):
        warn_at = due_at = None
    return Reading(
        goal=goal,
        calendar=calendar.name,
        warn_at=warn_at,
        due_at=due_at,
        elapsed_seconds=counted(calendar, state.started_at, until, paused).total_seconds(),
        remaining_seconds=remaining.total_seconds() if remaining is not None else None,
        paused_seconds=_wall_clock(paused, at).total_seconds(),
    )


def _deadlines(
    clock: Clock, state: ClockState, ticket: Ticket, policy: Policy, target: Target, paused: Pauses
) -> tuple[datetime | None, datetime | None]:
    """The instants of the first warning, and of the breach."""
    warn_at: datetime | None = None
    due_at: datetime | None = None
    for mark in target.marks:
        if mark.kind == ESCALATION or (mark.conditions and not _applies(mark, ticket, policy)):
            continue
        at = instant_of(clock, state, ticket, target, mark, paused)
        if mark.kind == BREACH:
            due_at = at
        else:
            warn_at = at if warn_at is None else min(warn_at, at)
    return warn_at, due_at


def counted(calendar: Calendar, start: datetime, end: datetime, paused: Pauses) -> timedelta:
    """Open time from ``start`` to ``end`` that was not paused; negative if ``end`` is earlier."""
    passed = _between(calendar, start, end)
    for pause_start, pause_end in paused.over:
        low, high = max(pause_start, start), min(pause_end, end)
        if low < high:
            passed -= _between(calendar, low, high)
    return passed


def _between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    return end - start if calendar.always else calendar.between(start, end)


def _wall_clock(paused: Pauses, at: datetime) -> timedelta:
    total = sum((max(min(end, at) - start, ZERO) for start, end in paused.over), ZERO)
    return total if paused.since is None else total + max(at - paused.since, ZERO)
