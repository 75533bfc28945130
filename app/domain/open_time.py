"""Open time in numbers: in which stretches of UTC a calendar is open, and how much has passed.

Everything here is an int. Instants and readings are those of ``wall_clock.py``; a *day* is a local
date, as days since 1970-01-01; a *span* is microseconds. ``calendar.py`` speaks datetimes.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from itertools import accumulate
from typing import NamedTuple

from app.domain.errors import CalendarError
from app.domain.opening_hours import Timetable
from app.domain.wall_clock import DAY, EPOCH, MICROSECOND, Stretch, WallClock

# Bounded, so that a calendar with no opening left says so instead of searching for ever.
FIRST_YEAR, END_YEAR = 1900, 2200
_FIRST = (datetime(FIRST_YEAR, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND
_END = (datetime(END_YEAR, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND
_GROWTH = 366 * DAY


class Part(NamedTuple):
    """A stretch of time, and why it counts or does not."""

    start: int
    end: int
    is_open: bool
    reason: str


class OpenTime:
    """The open stretches of a timetable in a zone, found a year at a time when asked for, and kept.

    ``_ends[i]`` closes the stretch that ``_starts[i]`` opens, ``_owners[i]`` is the day it belongs
    to, ``_before[i]`` the open time up to its start. ``_starts`` and ``_before`` have one entry
    more, for the end of what is known. Growing adds stretches at either side and changes none.
    """

    def __init__(self, name: str, zone: tzinfo, timetable: Timetable) -> None:
        self._name = name
        self._clock = WallClock(zone)
        self._timetable = timetable
        self._since = self._until = 0
        self._starts = [0]
        self._ends: list[int] = []
        self._owners: list[int] = []
        self._before = [0]
        self._open_days: list[int] = []
        self._stretches_of: dict[int, list[Stretch]] = {}

    def is_open(self, at: int) -> bool:
        """Whether the local clock reads an open time at an instant (5)."""
        if not self._since <= at < self._until:
            self._cover(at)
        return self._starts[bisect_right(self._ends, at)] <= at

    def opening_at(self, at: int) -> Stretch | None:
        """The opening that an instant lies in, since the midnight of its day; None if closed."""
        if not self.is_open(at):
            return None
        day = self._owners[bisect_right(self._ends, at)]
        reading = self._clock.reading(at) - day * DAY
        return next(
            (each for each in self._timetable.on(day) if each[0] <= reading < each[1]), None
        )

    def next_open(self, at: int) -> int:
        """``at`` itself if open then, otherwise the opening that follows."""
        self._cover(at)
        while (place := bisect_right(self._ends, at)) == len(self._ends):
            self._learn_later()
        return max(at, self._starts[place])

    def passed(self, at: int) -> int:
        """The open time up to ``at``, from an instant of no meaning: take differences only."""
        if not self._since <= at < self._until:
            self._cover(at)
        place = bisect_right(self._ends, at)
        start = self._starts[place]
        return self._before[place] + (at - start if at > start else 0)

    def add(self, at: int, span: int) -> int:
        """The earliest instant by which ``span`` > 0 has passed; at a closing, that closing (6)."""
        goal = self.passed(at) + span
        while goal > self._before[-1]:
            self._learn_later()
        place = bisect_left(self._before, goal) - 1
        return self._starts[place] + goal - self._before[place]

    def back(self, at: int, span: int) -> int:
        """The earliest instant after which ``span`` > 0 passes until ``at``."""
        goal = self.passed(at) - span
        while goal <= self._before[0]:
            self._learn_earlier_still()
        place = bisect_left(self._before, goal) - 1
        return self._starts[place] + goal - self._before[place]

    def add_days(self, at: int, days: int) -> int:
        """The same local time ``days`` open days on, kept within the hours of that day (7)."""
        at = self.next_open(at)
        if not days:
            return at
        owner = self._owners[bisect_right(self._ends, at)]
        target = self._open_day(owner, days)
        same_time = self._clock.first_showing(self._clock.reading(at) + (target - owner) * DAY)
        stretches = self._stretches(target)
        no_later = (min(same_time, end) for start, end in stretches if start <= same_time)
        return max(no_later, default=stretches[0][0])

    def end_of_day(self, at: int, days: int) -> int:
        """The last closing of the ``days``-th open day after the local date of ``at`` (7)."""
        self._cover(at)
        target = self._open_day(self._clock.reading(at) // DAY, days)
        return self._stretches(target)[-1][1]

    def parts(self, since: int, until: int) -> Iterator[Part]:
        """What is open and what is closed from ``since`` to ``until``, without a gap."""
        at = since
        for start, end in self._open_between(since, until):
            yield from self._closed_parts(at, start)
            yield Part(start, end, is_open=True, reason="open")
            at = end
        yield from self._closed_parts(at, until)

    def _open_between(self, since: int, until: int) -> Iterator[Stretch]:
        """The open stretches, joined where one begins as another ends."""
        self._cover(since)
        self._cover(until)
        opened = closed = since
        for place in range(bisect_right(self._ends, since), bisect_left(self._starts, until)):
            if self._starts[place] > closed:
                if opened < closed:
                    yield opened, closed
                opened = self._starts[place]
            closed = min(self._ends[place], until)
        if opened < closed:
            yield opened, closed

    def _closed_parts(self, since: int, until: int) -> Iterator[Part]:
        """A closed stretch, cut where a holiday or a special day is the reason."""
        at = since
        for start, end, reason in sorted(self._exceptional(since, until)):
            if at < start:
                yield Part(at, start, is_open=False, reason="closed")
            yield Part(start, end, is_open=False, reason=reason)
            at = end
        if at < until:
            yield Part(at, until, is_open=False, reason="closed")

    def _exceptional(self, since: int, until: int) -> Iterator[tuple[int, int, str]]:
        """What of a closed stretch belongs to holidays and special days.

        Such a day also answers for the next morning's hours, where its weekday's would have run
        over midnight and the next day has no reason of its own.
        """
        reasons = self._timetable.reasons
        for day in range(since // DAY - 2, until // DAY + 2):
            if day not in reasons:
                continue
            usual = () if day + 1 in reasons else self._timetable.usually_on(day)
            length = max((DAY, *(closes for _, closes in usual)))
            for first, last in self._clock.showing(day * DAY, day * DAY + length):
                start, end = max(first, since), min(last, until)
                if start < end:
                    yield start, end, reasons[day]

    def _open_day(self, day: int, nth: int) -> int:
        """The ``nth`` day after ``day`` with any opening; a day the zone skips has none (5)."""
        self._cover(day * DAY)
        while (place := bisect_right(self._open_days, day) + nth - 1) >= len(self._open_days):
            self._learn_later()
        return self._open_days[place]

    def _stretches(self, day: int) -> list[Stretch]:
        """The instants that the hours of one day come to, in order."""
        if day not in self._stretches_of:
            midnight = day * DAY
            self._stretches_of[day] = sorted(
                stretch
                for opens, closes in self._timetable.on(day)
                for stretch in self._clock.showing(midnight + opens, midnight + closes)
            )
        return self._stretches_of[day]

    def _cover(self, at: int) -> None:
        """Know the stretches around an instant."""
        if self._since <= at < self._until:
            return
        if not _FIRST <= at < _END:
            raise CalendarError(
                f"calendar {self._name!r} is kept for the years {FIRST_YEAR} to {END_YEAR - 1},"
                f" and {EPOCH + at * MICROSECOND} is outside them"
            )
        if self._since == self._until:
            self._since = self._until = self._starts[0] = at
        if at < self._since:
            self._learn_earlier(max(_FIRST, at - _GROWTH))
        if at >= self._until:
            self._learn_later(at)

    def _learn_later(self, at: int = _FIRST) -> None:
        """Know a year more than now, or a year beyond ``at``."""
        if self._until == _END:
            raise CalendarError(
                f"calendar {self._name!r} has no open time left before the year {END_YEAR}"
            )
        until = min(_END, max(self._until, at) + _GROWTH)
        found = list(self._find(self._until, until))
        self._starts[-1:] = [*(start for start, _, _ in found), until]
        self._ends += (end for _, end, _ in found)
        self._owners += (day for _, _, day in found)
        spans = (end - start for start, end, _ in found)
        self._before[-1:] = accumulate(spans, initial=self._before[-1])
        self._open_days = sorted({*self._open_days, *(day for _, _, day in found)})
        self._until = until

    def _learn_earlier_still(self) -> None:
        """Know a year more of what lies back."""
        if self._since == _FIRST:
            raise CalendarError(
                f"calendar {self._name!r} has no open time back to the year {FIRST_YEAR}"
            )
        self._learn_earlier(max(_FIRST, self._since - _GROWTH))

    def _learn_earlier(self, since: int) -> None:
        """Know what lies between ``since`` and the first instant known."""
        found = list(self._find(since, self._since))
        self._starts[:0] = (start for start, _, _ in found)
        self._ends[:0] = (end for _, end, _ in found)
        self._owners[:0] = (day for _, _, day in found)
        spans = [end - start for start, end, _ in found]
        self._before[:1] = accumulate(spans, initial=self._before[0] - sum(spans))
        self._open_days = sorted({*self._open_days, *(day for _, _, day in found)})
        self._since = since

    def _find(self, since: int, until: int) -> Iterator[tuple[int, int, int]]:
        """Every open stretch between two instants in order, with the day it belongs to."""
        for piece in self._clock.pieces(since, until):
            first, last = piece.since + piece.offset, piece.until + piece.offset
            # From the day before, whose hours may run over midnight.
            for day in range(first // DAY - 1, (last - 1) // DAY + 1):
                for opens, closes in self._timetable.on(day):
                    start, end = max(day * DAY + opens, first), min(day * DAY + closes, last)
                    if start < end:
                        yield start - piece.offset, end - piece.offset, day


class AlwaysOpen:
    """Open time of the calendar without end: all time, in days of UTC."""

    def is_open(self, _at: int) -> bool:
        return True

    def opening_at(self, _at: int) -> Stretch | None:
        return None

    def next_open(self, at: int) -> int:
        return at

    def passed(self, at: int) -> int:
        return at

    def add(self, at: int, span: int) -> int:
        return at + span

    def back(self, at: int, span: int) -> int:
        return at - span

    def add_days(self, at: int, days: int) -> int:
        return at + days * DAY

    def end_of_day(self, at: int, days: int) -> int:
        """The midnight that ends the ``days``-th day after this one."""
        return (at // DAY + days + 1) * DAY

    def parts(self, since: int, until: int) -> Iterator[Part]:
        if since < until:
            yield Part(since, until, is_open=True, reason="open")
