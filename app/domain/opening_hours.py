"""What a calendar says is open, by the local clock (4): the openings of a week, and exceptions.

No zone yet and no instants: those begin in ``open_time.py``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeAlias

from app.domain.errors import CalendarError
from app.domain.wall_clock import DAY, MICROSECOND

_NONE = timedelta(0)
_DAY = timedelta(days=1)
_EPOCH = date(1970, 1, 1)  # a Thursday
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TIME = "([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?"
_OPENING = re.compile(f"{_TIME}-{_TIME}")

Hours: TypeAlias = Sequence[tuple[int, int]]
"""A day's openings in order, as microseconds since its midnight; a close may pass 24 hours."""


@dataclass(frozen=True, slots=True)
class Opening:
    """One interval [opens, closes) of a day, by the wall clock since its midnight.

    ``closes`` passes 24 hours where the interval runs over midnight. Raises ``CalendarError`` if it
    opens on another day, or lasts no time or longer than 24 hours.
    """

    opens: timedelta
    closes: timedelta

    def __post_init__(self) -> None:
        if not _NONE <= self.opens < _DAY:
            raise CalendarError(f"an opening begins within its day, not at {self.opens}")
        if not _NONE < self.closes - self.opens <= _DAY:
            raise CalendarError(
                f"an opening lasts more than nothing and up to 24 hours, not"
                f" {self.closes - self.opens}"
            )

    def __str__(self) -> str:
        closes = self.closes - _DAY if self.closes > _DAY else self.closes
        return f"{_clock_text(self.opens)}-{_clock_text(closes)}"


def parse_opening(text: str) -> Opening:
    """Read "09:00-17:00"; seconds are allowed, and "24:00" may end it.

    An end at or before the start is the next day's: "22:00-06:00" lasts eight hours, "00:00-00:00"
    the whole day. Raises ``CalendarError``.
    """
    match = _OPENING.fullmatch(text)
    if match is None:
        raise CalendarError(f'opening "{text}" is not written like "09:00-17:00"')
    opens = _time_of_day(text, *match.group(1, 2, 3))
    closes = _time_of_day(text, *match.group(4, 5, 6))
    if opens == _DAY:
        raise CalendarError(f'opening "{text}" begins at 24:00, which can only end one')
    return Opening(opens, closes if closes > opens else closes + _DAY)


def _time_of_day(text: str, hours: str, minutes: str, seconds: str | None) -> timedelta:
    time = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
    if int(minutes) > 59 or int(seconds or 0) > 59 or time > _DAY:
        raise CalendarError(f'opening "{text}" has a time that no clock shows')
    return time


def _clock_text(time: timedelta) -> str:
    minutes, seconds = divmod(time // timedelta(seconds=1), 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{seconds:02}" if seconds else text


@dataclass(frozen=True, slots=True)
class Timetable:
    """The hours of every day, days being numbered from 1970-01-01.

    ``week`` has seven entries, Monday's first; ``exceptions`` the days whose hours differ, and
    ``reasons`` why they do.
    """

    week: Sequence[Hours]
    exceptions: Mapping[int, Hours]
    reasons: Mapping[int, str]

    @classmethod
    def of(
        cls,
        hours: Mapping[int, Sequence[Opening]],
        special_days: Mapping[date, Sequence[Opening]],
        holidays: Mapping[date, str],
    ) -> "Timetable":
        """Special days replace the hours of a date, holidays empty them and win (4).

        Raises ``CalendarError`` if openings overlap, or there is none at all.
        """
        week = [_in_order(hours.get(weekday, ())) for weekday in range(7)]
        exceptions = {_day_number(day): _in_order(special_days[day]) for day in special_days}
        reasons = dict.fromkeys(exceptions, "special hours")
        for day, name in holidays.items():
            exceptions[_day_number(day)] = ()
            reasons[_day_number(day)] = f"holiday: {name}"
        timetable = cls(week, exceptions, reasons)
        timetable._refuse_overlaps()
        if not any(week) and not any(exceptions.values()):
            raise CalendarError("it never opens")
        return timetable

    def on(self, day: int) -> Hours:
        """The hours of a day; those that run over midnight belong to the day they start on (4)."""
        hours = self.exceptions.get(day)
        return self.usually_on(day) if hours is None else hours

    def usually_on(self, day: int) -> Hours:
        """The hours that the weekday of a day has."""
        return self.week[(day + _EPOCH.weekday()) % 7]

    def _refuse_overlaps(self) -> None:
        """Look at every two days in a row whose hours may meet, be it over midnight."""
        usual = replace(self, exceptions={})
        for day in range(7):
            usual._refuse_overlap(day, _weekday_name)
        for day, hours in self.exceptions.items():
            if hours:
                self._refuse_overlap(day - 1, _date_text)
                self._refuse_overlap(day, _date_text)

    def _refuse_overlap(self, day: int, name: Callable[[int], str]) -> None:
        two_days = [(n, opens, closes) for n in (day, day + 1) for opens, closes in self.on(n)]
        for (today, opens, closes), (later, next_opens, next_closes) in pairwise(two_days):
            if next_opens + (later - today) * DAY < closes:
                this = Opening(opens * MICROSECOND, closes * MICROSECOND)
                other = Opening(next_opens * MICROSECOND, next_closes * MICROSECOND)
                raise CalendarError(f"{name(today)} {this} overlaps {name(later)} {other}")


def _in_order(openings: Sequence[Opening]) -> Hours:
    return sorted((o.opens // MICROSECOND, o.closes // MICROSECOND) for o in openings)


def _day_number(day: date) -> int:
    return day.toordinal() - _EPOCH.toordinal()


def _weekday_name(day: int) -> str:
    return _WEEKDAYS[(day + _EPOCH.weekday()) % 7]


def _date_text(day: int) -> str:
    return (_EPOCH + day * _DAY).isoformat()
