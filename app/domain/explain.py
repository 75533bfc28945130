"""Why a deadline is what it is: the time that counted, stood still, or was closed (34).

A cycle's time is cut into stretches that follow one another without a gap. What is counted up to
the deadline is the goal, to the microsecond; what of it has elapsed is what the clock shows.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from typing import NamedTuple

from app.domain.calendar import Calendar, Segment
from app.domain.clocks import ZERO, Reading, read
from app.domain.policy import Clock, Target
from app.domain.span import Span
from app.domain.ticket import DONE, ClockState, Ending
from app.domain.witness import Cause, Ended, Witness

COUNTED = "counted"
PAUSED = "paused"
CLOSED = "closed"
HOLIDAY = "holiday"

KINDS = (COUNTED, PAUSED, CLOSED, HOLIDAY)
"""What time is to a clock."""

WORK_WAS_OVER = "the work was over"

MOST_STRETCHES = 2000
"""With more, those of a day, or else of a month, are told as one; pauses stay apart."""

_DAY, _MONTH = "%Y-%m-%d", "%Y-%m"
_COARSER = ((None, _DAY), (None, _MONTH), (_DAY, _MONTH), (_MONTH, _MONTH))
"""What to merge by, up to the deadline and past it, until the stretches are few enough."""

_HOLIDAY = "holiday: "


class Held(NamedTuple):
    """Time in which a cycle stands still: why, by what, and what ended that."""

    start: datetime
    end: datetime | None
    reason: str
    by: Cause | None
    until: Cause | None


class Stretch(NamedTuple):
    """Part of a cycle's time, and the fact or calendar rule that makes it what it is."""

    start: datetime
    end: datetime
    kind: str
    reason: str
    elapsed: bool
    """Whether it has passed; otherwise it lies on the way to the deadline."""
    counted: timedelta
    by: Cause | None = None
    until: Cause | None = None
    merged: bool = False


class Explanation(NamedTuple):
    """How one clock's current cycle came to its deadline. Nothing is known of one that is pending,
    or has no target: then there is neither calendar nor stretches.
    """

    severity: str
    plan: str | None
    shown: Reading | Ending
    target: Target | None = None
    goal: Span | None = None
    goal_time: timedelta | None = None
    """The counted time that the goal comes to on the calendar, from this start."""
    started_by: Cause | None = None
    stretches: Sequence[Stretch] = ()


def explain(witness: Witness, clock: Clock, at: datetime) -> Explanation:
    """The explanation as at an instant, up to which time has passed for the witness's ticket."""
    ticket = witness.ticket
    state = ticket.clocks.get(clock.id) or ClockState()
    ended, policy = None, witness.policy
    severity, plan = ticket.severity, ticket.plan
    if state.ending is not None:
        outcome = witness.verdicts.outcomes[clock.id, state.cycle]
        severity, plan = outcome.severity, outcome.plan
        ended = witness.ended[clock.id, state.cycle]
        policy = ended.policy
        clock = next(each for each in policy.clocks if each.id == clock.id)
    shown = state.ending or read(clock, state, ticket, policy, at)
    target = policy.target(clock, severity, plan)
    found = Explanation(severity, plan, shown, target)
    if state.started_at is None or target is None:
        return found
    until = at if state.ending is None else state.ending.at
    goal = None if shown.goal is None else Span.parse(shown.goal)
    held = sorted(_held(witness, clock, state, ended), key=lambda each: each.start)
    stretches = cut(target.calendar, state.started_at, shown.due_at, until, held)
    return found._replace(
        goal=goal,
        goal_time=None if goal is None else _time_of(goal, target.calendar, state.started_at),
        started_by=witness.began(clock, state),
        stretches=list(stretches),
    )


def _time_of(goal: Span, calendar: Calendar, start: datetime) -> timedelta:
    """The open time that a goal comes to from a start; of hours, the hours (10)."""
    end = goal.after(calendar, start)
    return end - start if calendar.always else calendar.between(start, end)


# --- what stood still -----------------------------------------------------------------------


def _held(witness: Witness, clock: Clock, state: ClockState, ended: Ended | None) -> Iterator[Held]:
    """While the status paused the cycle (12), and while the work was over (17)."""
    ticket, since = witness.ticket, state.started_at
    assert since is not None  # noqa: S101  # only cycles that started are asked about
    entries = len(ticket.history) if ended is None else ended.entries
    for number, (entered, status) in enumerate(ticket.history[:entries]):
        if status in clock.pauses_on:
            lasts = number + 1 == entries
            end = None if lasts else ticket.history[number + 1][0]
            until = None if lasts else witness.entered[number + 1]
            yield Held(max(entered, since), end, status, witness.entered[number], until)
    resumed = witness.gaps.get((clock.id, state.cycle), [])
    first = len(state.gaps) - len(resumed)
    for start, end in state.gaps[:first]:
        yield Held(start, end, WORK_WAS_OVER, *_over(witness, start, end))
    for (start, end), gap in zip(state.gaps[first:], resumed, strict=True):
        yield Held(start, end, WORK_WAS_OVER, gap.by, gap.until)


def _over(witness: Witness, start: datetime, end: datetime) -> tuple[Cause | None, Cause | None]:
    """What the work was over by at ``start``, and what took it up again at ``end``."""
    by: Cause | None = None
    for (entered, status), cause in zip(witness.ticket.history, witness.entered, strict=True):
        if status in DONE and entered <= start:
            by = cause
        elif status not in DONE and entered == end:
            return by, cause
    return by, None


# --- cutting time ---------------------------------------------------------------------------


def cut(
    calendar: Calendar,
    start: datetime,
    due_at: datetime | None,
    until: datetime,
    held: Sequence[Held],
) -> Iterator[Stretch]:
    """A cycle's time from its start to its deadline or ``until``, whichever comes later.

    ``until`` is the instant asked about, or the cycle's end; ``held`` is in the order of its
    starts. One that lasts does so until ``until``. Cut at the deadline and at ``until`` as well.
    """
    end = until if due_at is None else max(due_at, until)
    cuts = sorted({until, due_at or until})
    at = start
    for each in held:
        first, last = max(each.start, at), min(each.end or until, end)
        if first < last:
            yield from _split(_running(calendar, at, first), cuts, until)
            yield from _split(iter([_still(each, first, last)]), cuts, until)
            at = last
    yield from _split(_running(calendar, at, end), cuts, until)


def _still(held: Held, start: datetime, end: datetime) -> Stretch:
    return Stretch(
        start, end, PAUSED, held.reason, elapsed=False, counted=ZERO, by=held.by, until=held.until
    )


def _running(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Stretch]:
    """By the calendar alone: open or not, and why."""
    if start < end:
        for each in calendar.segments(start, end):
            reason = _hours(calendar, each) if each.open else each.reason
            yield Stretch(each.start, each.end, _kind(each), reason, elapsed=False, counted=ZERO)


def _kind(segment: Segment) -> str:
    if segment.open:
        return COUNTED
    return HOLIDAY if segment.reason.startswith(_HOLIDAY) else CLOSED


def _hours(calendar: Calendar, segment: Segment) -> str:
    """The calendar's opening, if it is one."""
    last = segment.end - timedelta(microseconds=1)
    opening = calendar.opening_at(segment.start)
    if opening is None or opening != calendar.opening_at(last):
        return "open"
    return f"open {opening}"


def _split(
    stretches: Iterator[Stretch], cuts: Sequence[datetime], until: datetime
) -> Iterator[Stretch]:
    """The same, cut at these instants; each is told how much it counts, and whether it passed."""
    for each in stretches:
        inside = [at for at in cuts if each.start < at < each.end]
        for start, end in pairwise([each.start, *inside, each.end]):
            counted = end - start if each.kind == COUNTED else ZERO
            yield each._replace(start=start, end=end, counted=counted, elapsed=end <= until)


# --- adding up ------------------------------------------------------------------------------


def totals(stretches: Sequence[Stretch]) -> dict[str, timedelta]:
    """How much time of each kind there is."""
    found = dict.fromkeys(KINDS, ZERO)
    for each in stretches:
        found[each.kind] += each.end - each.start
    return found


def bounded(
    stretches: Sequence[Stretch], due_at: datetime | None, most: int = MOST_STRETCHES
) -> Sequence[Stretch]:
    """The stretches, or where they are too many those of a day, or of a month, made one.

    What lies past the deadline, and does not explain it, first.
    """
    late = sum(due_at is not None and each.start < due_at for each in stretches)
    found = stretches
    for upto, after in _COARSER:
        if len(found) <= most:
            break
        found = [*_merged(stretches[:late], upto), *_merged(stretches[late:], after)]
    return found


def _merged(stretches: Sequence[Stretch], period: str | None) -> Iterator[Stretch]:
    """Those that begin in one period (of UTC) made one; never over a pause or ``until``.

    The reasons of all of them stand in the one.
    """
    if period is None:
        yield from stretches
        return
    for (_, _, paused), run in groupby(stretches, _day if period == _DAY else _month):
        if paused:
            yield from run
        else:
            yield _one(list(run), period)


def _day(stretch: Stretch) -> tuple[date, bool, bool]:
    return stretch.start.date(), stretch.elapsed, stretch.kind == PAUSED


def _month(stretch: Stretch) -> tuple[date, bool, bool]:
    return stretch.start.date().replace(day=1), stretch.elapsed, stretch.kind == PAUSED


def _one(run: Sequence[Stretch], period: str) -> Stretch:
    if len(run) == 1:
        return run[0]
    counted = sum((each.counted for each in run), ZERO)
    reasons = dict.fromkeys(each.reason for each in run)
    said = f"{run[0].start:{period}}: {', '.join(reasons)}"
    return run[0]._replace(
        end=run[-1].end,
        kind=COUNTED if counted else CLOSED,
        reason=said,
        counted=counted,
        merged=True,
    )
