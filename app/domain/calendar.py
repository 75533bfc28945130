"""Business time: when a calendar is open, and where its hours and business days lead (4-7).

Instants are aware datetimes, of any zone, and come back in UTC; durations are elapsed time. Pure:
nothing here reads a clock or a file. Below it, and in plain numbers: ``opening_hours.py`` (what the
local clock must read), ``wall_clock.py`` (when it does), ``open_time.py`` (adding it up).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from types import MappingProxyType

from app.domain.errors import CalendarError
from app.domain.open_time import AlwaysOpen, OpenTime
from app.domain.opening_hours import Opening, Timetable, parse_opening
from app.domain.wall_clock import EPOCH, MICROSECOND

__all__ = ["Calendar", "Opening", "Segment", "parse_opening"]

_NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Segment:
    """Time from ``start`` to ``end`` that counts (``open``) or not, and the reason.

    The reason is "open", "closed", "special hours" (closed on a special day) or "holiday: <name>".
    """

    start: datetime
    end: datetime
    open: bool
    reason: str


class Calendar:
    """When support is open, and arithmetic on the time that it is.

    A weekly calendar answers for the years 1900 to 2199; beyond them, or where it has no opening
    left, it raises ``CalendarError``. A naive datetime raises ``TypeError``.
    """

    __slots__ = ("_time", "always", "name", "zone")

    def __init__(self, name: str, time: OpenTime | AlwaysOpen, zone: str | None = None) -> None:
        self.name = name
        self.zone = zone
        self.always = isinstance(time, AlwaysOpen)
        self._time = time

    def __repr__(self) -> str:
        return f"<Calendar {self.name!r}>"

    @classmethod
    def open_always(cls, name: str = "always") -> "Calendar":
        """The calendar that is open without end; its business days are the days of UTC."""
        return cls(name, AlwaysOpen())

    @classmethod
    def weekly(
        cls,
        name: str,
        zone: tzinfo,
        hours: Mapping[int, Sequence[Opening]],
        special_days: Mapping[date, Sequence[Opening]] = MappingProxyType({}),
        holidays: Mapping[date, str] = MappingProxyType({}),
    ) -> "Calendar":
        """Openings per weekday (0 is Monday) by the local clock of ``zone`` (4).

        ``special_days`` replace the hours of a date; ``holidays`` (date: its name) empty them, and
        win. Raises ``CalendarError`` if openings overlap, or there is none at all.
        """
        try:
            timetable = Timetable.of(hours, special_days, holidays)
        except CalendarError as error:
            raise CalendarError(f"calendar {name!r}: {error}") from None
        return cls(name, OpenTime(name, zone, timetable), str(zone))

    def is_open(self, at: datetime) -> bool:
        """Whether the local clock reads a time within an opening (5)."""
        return self._time.is_open(_number(at))

    def opening_at(self, at: datetime) -> Opening | None:
        """The opening of its day that an instant lies in; None if closed, or open without end."""
        found = self._time.opening_at(_number(at))
        return None if found is None else Opening(found[0] * MICROSECOND, found[1] * MICROSECOND)

    def next_open(self, at: datetime) -> datetime:
        """``at`` itself if open then, otherwise the next opening."""
        return _instant(self._time.next_open(_number(at)))

    def add(self, start: datetime, span: timedelta) -> datetime:
        """The earliest instant by which ``span`` of open time has passed since ``start`` (6).

        A result at the very closing is that closing; no span gives ``start``. Raises ``ValueError``
        for a negative span.
        """
        if span <= _NONE:
            if span < _NONE:
                raise ValueError(f"cannot add a negative span of open time: {span}")
            return start.astimezone(UTC)
        return _instant(self._time.add(_number(start), span // MICROSECOND))

    def back(self, end: datetime, span: timedelta) -> datetime:
        """The earliest instant from which ``span`` of open time passes until ``end``.

        Raises ``ValueError`` unless ``span`` is longer than nothing.
        """
        if span <= _NONE:
            raise ValueError(f"cannot go back a span of open time that is none: {span}")
        return _instant(self._time.back(_number(end), span // MICROSECOND))

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The open time from ``start`` to ``end``; negative if ``end`` is the earlier (8)."""
        return (self._time.passed(_number(end)) - self._time.passed(_number(start))) * MICROSECOND

    def add_business_days(self, start: datetime, days: int) -> datetime:
        """``Nbd``: the same local time N open days after ``start`` or its next opening (7).

        Outside that day's hours it is the nearest earlier closing of the day, or else its opening.
        Hours over midnight belong to the day they start on, here too. A local time that occurs
        twice is its first occurrence; one that is skipped is the instant that skips it. Raises
        ``ValueError`` for negative days.
        """
        if days < 0:
            raise ValueError(f"cannot add a negative number of business days: {days}")
        return _instant(self._time.add_days(_number(start), days))

    def end_of_business_day(self, start: datetime, days: int) -> datetime:
        """``eobd+N``: the last closing of the N-th open day after the local date of ``start`` (7).

        Raises ``ValueError`` for fewer than one day.
        """
        if days < 1:
            raise ValueError(f"the end of a business day is one day ahead or more, not {days}")
        return _instant(self._time.end_of_day(_number(start), days))

    def segments(self, start: datetime, end: datetime) -> Iterator[Segment]:
        """What counted and what did not from ``start`` to ``end``, in order and without a gap.

        Raises ``ValueError`` if ``end`` is the earlier.
        """
        since, until = _number(start), _number(end)
        if until < since:
            raise ValueError(f"segments run forward, not from {start} to {end}")
        for part in self._time.parts(since, until):
            yield Segment(_instant(part.start), _instant(part.end), part.is_open, part.reason)


def _number(instant: datetime) -> int:
    """An instant as microseconds since the epoch."""
    return (instant - EPOCH) // MICROSECOND


def _instant(number: int) -> datetime:
    try:
        return EPOCH + number * MICROSECOND
    except OverflowError:
        raise CalendarError("the result lies beyond the year 9999") from None
