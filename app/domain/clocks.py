"""One clock on one ticket: its pauses, its target instants, and what it shows at an instant.

Nothing here changes anything; ``cycles.py`` does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.calendar import Calendar
from app.domain.policy import BREACH, ESCALATION, WARNING, Clock, Mark, Policy, Span, Target
from app.domain.ticket import ClockState, Ticket

ZERO = timedelta(0)


@dataclass(frozen=True, slots=True)
class Pauses:
    """The pauses of a cycle that are over, in order and apart, and since when one lasts."""

    over: Sequence[tuple[datetime, datetime]] = ()
    since: datetime | None = None


NO_PAUSES = Pauses()


def pauses(clock: Clock, state: ClockState, ticket: Ticket) -> Pauses:
    """When the cycle stood still: while the status pauses it, and before a reopening (12, 17)."""
    if not clock.pauses_on and not state.gaps:
        return NO_PAUSES
    started_at = state.started_at
    assert started_at is not None  # noqa: S101  # only cycles that started have pauses
    over = list(state.gaps)
    since: datetime | None = None
    for at, status in ticket.history:
        if status in clock.pauses_on:
            since = since or at
        elif since is not None:
            if at > started_at:
                over.append((max(since, started_at), at))
            since = None
    return Pauses(_apart(over), max(since, started_at) if since else None)


def _apart(found: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """The same stretches of time, in order, those that touch made one."""
    found.sort()
    apart: list[tuple[datetime, datetime]] = []
    for start, end in found:
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def target_instant(
    calendar: Calendar, start: datetime, after: Span, extra: timedelta, paused: Pauses
) -> datetime:
    """The instant ``after`` and ``extra`` have passed since ``start``, paused time skipped (10)."""
    if after.unit != "elapsed":
        return _business_day_instant(calendar, start, after, extra, paused)
    left = after.elapsed + extra
    at = start
    for pause_start, pause_end in paused.over:
        counted = calendar.between(at, pause_start)
        if counted >= left:
            break
        left -= counted
        at = pause_end
    return calendar.add(at, left)


def _business_day_instant(
    calendar: Calendar, start: datetime, after: Span, extra: timedelta, paused: Pauses
) -> datetime:
    """Business days first; the open time that was paused is added on afterwards (10)."""
    base = after.after(calendar, start)
    owed = extra
    at = calendar.add(base, owed)
    for pause_start, pause_end in paused.over:
        if pause_start >= at:
            break
        owed += calendar.between(pause_start, pause_end)
        at = calendar.add(base, owed)
    return at


def agreed_span(clock: Clock, mark: Mark, goal: Span | None, ticket: Ticket) -> Span:
    """The mark's span, or what was agreed with the customer instead of the clock's goal."""
    if clock.interval_agreed and ticket.agreed_interval and mark.after == goal:
        return Span.parse(ticket.agreed_interval)
    return mark.after


def marks_to_come(
    clock: Clock, state: ClockState, ticket: Ticket, policy: Policy
) -> Iterator[tuple[datetime, Mark]]:
    """Each mark of the cycle that is not reached, with its target instant; none while paused."""
    target = policy.target(clock, ticket.severity, ticket.plan)
    if state.state != "running" or target is None:
        return
    assert state.started_at is not None  # noqa: S101  # it runs
    paused = pauses(clock, state, ticket)
    for mark in target.marks:
        if mark.key in state.reached or _left_the_ladder(clock, mark, state):
            continue
        span = agreed_span(clock, mark, target.goal, ticket)
        yield (
            target_instant(target.calendar, state.started_at, span, mark.extra, paused),
            mark,
        )


def _left_the_ladder(clock: Clock, mark: Mark, state: ClockState) -> bool:
    if mark.kind == BREACH:
        return state.breached_at is not None
    if mark.kind != ESCALATION:
        return False
    if clock.stops_on_acknowledgement and state.acknowledged:
        return True
    return state.left > 0 and mark.role in state.told[: state.left]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a clock shows at an instant. Seconds are open time of its calendar, save paused."""

    goal: str | None
    calendar: str | None
    warn_at: datetime | None
    due_at: datetime | None
    elapsed_seconds: float
    remaining_seconds: float | None
    paused_seconds: float


def read(clock: Clock, state: ClockState, ticket: Ticket, policy: Policy, at: datetime) -> Reading:
    """What the clock's current cycle shows at an instant not before its start.

    While paused the deadline is unknown: ``due_at`` is None, ``remaining_seconds`` stands (12).
    """
    target = policy.target(clock, ticket.severity, ticket.plan)
    if state.started_at is None or target is None:
        return Reading(None, target and target.calendar.name, None, None, 0.0, None, 0.0)
    calendar = target.calendar
    paused = pauses(clock, state, ticket)
    until = at if paused.since is None else min(at, paused.since)
    goal, warn_at, due_at = _deadlines(clock, state, ticket, target, paused)
    remaining = None if due_at is None else _signed_open_time(calendar, until, due_at, paused)
    halted = paused.since is not None
    return Reading(
        goal=goal.text if goal else None,
        calendar=calendar.name,
        warn_at=None if halted else warn_at,
        due_at=None if halted else due_at,
        elapsed_seconds=_open_time(calendar, state.started_at, until, paused).total_seconds(),
        remaining_seconds=remaining.total_seconds() if remaining is not None else None,
        paused_seconds=_wall_clock(paused, at).total_seconds(),
    )


def _deadlines(
    clock: Clock, state: ClockState, ticket: Ticket, target: Target, paused: Pauses
) -> tuple[Span | None, datetime | None, datetime | None]:
    """The goal, and the instants of the first warning and of the breach."""
    assert state.started_at is not None  # noqa: S101  # `read` asks for cycles that started
    goal, warn_at, due_at = None, None, None
    for mark in target.marks:
        if mark.kind == ESCALATION or (mark.kind == WARNING and warn_at is not None):
            continue
        span = agreed_span(clock, mark, target.goal, ticket)
        at = target_instant(target.calendar, state.started_at, span, mark.extra, paused)
        if mark.kind == BREACH:
            goal, due_at = span, at
        else:
            warn_at = at
    return goal, warn_at, due_at


def _signed_open_time(
    calendar: Calendar, at: datetime, due_at: datetime, paused: Pauses
) -> timedelta:
    if at <= due_at:
        return _open_time(calendar, at, due_at, paused)
    return -_open_time(calendar, due_at, at, paused)


def _open_time(calendar: Calendar, start: datetime, end: datetime, paused: Pauses) -> timedelta:
    """Open time from ``start`` to ``end`` that was not paused."""
    counted = calendar.between(start, end)
    for pause_start, pause_end in paused.over:
        low, high = max(pause_start, start), min(pause_end, end)
        if low < high:
            counted -= calendar.between(low, high)
    return counted


def _wall_clock(paused: Pauses, at: datetime) -> timedelta:
    total = sum((max(min(end, at) - start, ZERO) for start, end in paused.over), ZERO)
    return total if paused.since is None else total + max(at - paused.since, ZERO)
