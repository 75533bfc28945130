"""Any calendar, around any change of the clocks, against one that walks minute by minute (4-8)."""

from bisect import bisect_left
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from app.domain.calendar import Calendar, Opening
from app.domain.errors import CalendarError

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MINUTES_A_DAY = 24 * 60
MINUTES_A_WEEK = 7 * MINUTES_A_DAY

CHANGES = [
    ("UTC", "2026-02-28"),
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/Santiago", "2026-04-05"),  # back at midnight: Saturday's last hour twice
    ("America/Santiago", "2026-09-06"),  # forward at midnight: Sunday begins at 01:00
    ("America/St_Johns", "2010-11-07"),  # back at 00:01: a minute of Sunday, then Saturday again
    ("America/Havana", "2025-11-02"),  # back at 01:00: Sunday's first hour twice
    ("Asia/Tehran", "2021-09-22"),
    ("Australia/Lord_Howe", "2026-04-05"),  # by half an hour
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Asia/Kathmandu", "1986-01-01"),  # by a quarter
    ("Africa/Casablanca", "2026-02-15"),
    ("Pacific/Apia", "2011-12-30"),  # a day that never was
    ("America/Los_Angeles", "2026-01-01"),  # nothing but the end of a year
]

by_example = settings(derandomize=True, deadline=None, max_examples=60)


@cache
def readings(zone_name: str, around: str) -> list[datetime]:
    """What the clock shows at each minute of ten days."""
    start = instant_at(around, 0)
    zone = ZoneInfo(zone_name)
    shown = (start + minute * MINUTE for minute in range(10 * MINUTES_A_DAY))
    return [at.astimezone(zone).replace(tzinfo=None) for at in shown]


def instant_at(around: str, minute: int) -> datetime:
    return datetime.fromisoformat(f"{around}T00:00:00+00:00") - 5 * DAY + minute * MINUTE


@dataclass(frozen=True)
class Rules:
    """A calendar as its file would say it."""

    zone: str
    around: str
    week: dict[int, list[Opening]]
    special_days: dict[date, list[Opening]]
    holidays: dict[date, str]

    def calendar(self) -> Calendar:
        zone = ZoneInfo(self.zone)
        return Calendar.weekly("x", zone, self.week, self.special_days, self.holidays)

    def hours_of(self, day: date) -> list[Opening]:
        if day in self.holidays:
            return []
        return self.special_days.get(day, self.week.get(day.weekday(), []))

    def owners(self) -> dict[datetime, date]:
        """Every minute on the wall that some day's hours name, and that day."""
        first = date.fromisoformat(self.around) - 8 * DAY
        return {
            datetime.combine(day, datetime.min.time()) + minute * MINUTE: day
            for day in (first + days * DAY for days in range(16))
            for opening in self.hours_of(day)
            for minute in range(opening.opens // MINUTE, opening.closes // MINUTE)
        }


class Walked:
    """Rule 5 as written: look at the clock every minute, and see whether it reads open."""

    def __init__(self, rules: Rules) -> None:
        self.readings = readings(rules.zone, rules.around)
        owners = rules.owners()
        self.owners = [owners.get(reading) for reading in self.readings]
        self.passed = list(accumulate((o is not None for o in self.owners), initial=0))

    def is_open(self, minute: int) -> bool:
        return self.owners[minute] is not None

    def next_open(self, minute: int) -> int | None:
        return next((m for m in range(minute, len(self.owners)) if self.is_open(m)), None)

    def add(self, minute: int, minutes: int) -> int | None:
        ahead = bisect_left(self.passed, self.passed[minute] + minutes, lo=minute)
        return ahead if ahead < len(self.passed) else None

    def add_business_days(self, minute: int, days: int) -> int | None:
        first = self.next_open(minute)
        owner = None if first is None else self.owners[first]
        target = None if owner is None else self.open_day(owner, days)
        if first is None or owner is None or target is None:
            return None
        wanted = self.readings[first] + (target - owner)
        same_time = next(m for m, reading in enumerate(self.readings) if reading >= wanted)
        if self.owners[same_time] == target:
            return same_time
        earlier = [closing for closing in self.closings(target) if closing <= same_time]
        return max(earlier, default=self.owners.index(target))

    def end_of_business_day(self, minute: int, days: int) -> int | None:
        target = self.open_day(self.readings[minute].date(), days)
        return None if target is None else self.closings(target)[-1]

    def open_day(self, day: date, nth: int) -> date | None:
        """None if the day after it does not begin, so that its own may not have ended."""
        later = sorted({owner for owner in self.owners if owner is not None and owner > day})
        return later[nth - 1] if len(later) > nth else None

    def closings(self, day: date) -> list[int]:
        minutes = (m for m, owner in enumerate(self.owners) if owner == day)
        return [m + 1 for m in minutes if self.owners[m + 1] != day]


@st.composite
def some_rules(draw: st.DrawFn) -> Rules:
    zone, around = draw(st.sampled_from(CHANGES))
    week = draw(weeks())
    days = st.integers(-5, 5).map(lambda days: date.fromisoformat(around) + days * DAY)
    special_days = draw(st.dictionaries(days, st.lists(day_openings(), max_size=1), max_size=2))
    holidays = draw(st.dictionaries(days, st.just("holiday"), max_size=2))
    rules = Rules(zone, around, week, special_days, holidays)
    with suppress(CalendarError):  # a special day may overlap a night; the week never does
        rules.calendar()
        return rules
    return replace(rules, special_days={})


def weeks() -> SearchStrategy[dict[int, list[Opening]]]:
    """Weekly hours that overlap nowhere, with many ends in the small hours, when clocks change."""
    small_hours = st.builds(
        lambda day, minute: day * MINUTES_A_DAY + minute, st.integers(0, 6), st.integers(0, 240)
    )
    quarters = st.integers(0, MINUTES_A_WEEK // 15 - 1).map(lambda quarter: quarter * 15)
    ends = st.lists(small_hours | quarters, min_size=2, max_size=24, unique=True)
    return st.builds(week_of, ends, st.integers(0, MINUTES_A_WEEK))


def week_of(ends: list[int], turned_by: int) -> dict[int, list[Opening]]:
    week: dict[int, list[Opening]] = {}
    for start, end in list(pairwise(sorted(ends)))[::2]:
        day, opens = divmod((start + turned_by) % MINUTES_A_WEEK, MINUTES_A_DAY)
        length = min(end - start, MINUTES_A_DAY)
        week.setdefault(day, []).append(Opening(opens * MINUTE, (opens + length) * MINUTE))
    return week


def day_openings() -> SearchStrategy[Opening]:
    hours = st.tuples(st.integers(0, MINUTES_A_DAY - 1), st.integers(1, MINUTES_A_DAY))
    return hours.map(lambda h: Opening(h[0] * MINUTE, (h[0] + h[1]) * MINUTE))


middle = st.integers(2 * MINUTES_A_DAY, 6 * MINUTES_A_DAY)


@by_example
@given(some_rules(), middle)
def test_open_is_what_the_clock_reads(rules: Rules, minute: int) -> None:
    """(5)"""
    calendar, walked = rules.calendar(), Walked(rules)
    for each in range(0, 10 * MINUTES_A_DAY, 3):
        at = instant_at(rules.around, each)
        assert calendar.is_open(at) == walked.is_open(each), at
    following = walked.next_open(minute)
    if following is not None:
        next_open = calendar.next_open(instant_at(rules.around, minute))
        assert next_open == instant_at(rules.around, following)


@by_example
@given(some_rules(), middle, st.integers(0, 3000))
def test_adding_and_measuring_count_the_open_minutes(
    rules: Rules, minute: int, minutes: int
) -> None:
    """(6, 8)"""
    calendar, walked = rules.calendar(), Walked(rules)
    start, end = instant_at(rules.around, minute), instant_at(rules.around, minutes)
    open_minutes = walked.passed[minutes] - walked.passed[minute]
    assert calendar.between(start, end) == open_minutes * MINUTE
    ahead = walked.add(minute, minutes)
    if ahead is not None:
        assert calendar.add(start, minutes * MINUTE) == instant_at(rules.around, ahead)


@by_example
@given(some_rules(), middle, st.integers(1, 3))
def test_business_days_lead_from_one_day_with_openings_to_another(
    rules: Rules, minute: int, days: int
) -> None:
    """(7)"""
    calendar, walked = rules.calendar(), Walked(rules)
    start = instant_at(rules.around, minute)
    same_time = walked.add_business_days(minute, days)
    if same_time is not None:
        assert calendar.add_business_days(start, days) == instant_at(rules.around, same_time)
    end = walked.end_of_business_day(minute, days)
    if end is not None:
        assert calendar.end_of_business_day(start, days) == instant_at(rules.around, end)


instants = st.timedeltas(timedelta(0), timedelta(days=20 * 366)).map(
    lambda since: datetime(2010, 1, 1, tzinfo=UTC) + since
)
spans = st.timedeltas(timedelta(0), timedelta(hours=12))


@by_example
@given(some_rules(), instants, spans)
def test_what_is_added_lies_between(rules: Rules, start: datetime, span: timedelta) -> None:
    """(6, 8) To the microsecond, and no earlier instant would do."""
    calendar = rules.calendar()
    end = calendar.add(start, span)
    assert calendar.between(start, end) == span
    assert calendar.between(end, start) == -span
    if span:
        assert calendar.between(start, end - timedelta(microseconds=1)) < span


@by_example
@given(some_rules(), instants, spans.filter(bool))
def test_going_back_leads_to_where_the_span_began(
    rules: Rules, end: datetime, span: timedelta
) -> None:
    """(6) To the earliest such instant: a closing, not the opening after it."""
    calendar = rules.calendar()
    start = calendar.back(end, span)
    assert calendar.between(start, end) == span
    assert calendar.between(start - timedelta(microseconds=1), end) > span


@by_example
@given(some_rules(), instants, instants, spans, spans)
def test_later_and_longer_lead_later(
    rules: Rules, start: datetime, later: datetime, span: timedelta, more: timedelta
) -> None:
    """(6)"""
    start, later = sorted((start, later))
    calendar = rules.calendar()
    end = calendar.add(start, span)
    assert end <= calendar.add(later, span)
    assert end <= calendar.add(start, span + more)
    assert calendar.add(end, more) == calendar.add(start, span + more)


@by_example
@given(some_rules(), middle, st.integers(1, 5 * MINUTES_A_DAY))
def test_segments_have_no_gap_and_add_up(rules: Rules, minute: int, minutes: int) -> None:
    """(34)"""
    calendar = rules.calendar()
    start = instant_at(rules.around, minute) - 2 * DAY
    end = start + minutes * MINUTE
    segments = list(calendar.segments(start, end))
    assert [segments[0].start, *(segment.end for segment in segments)] == [
        start,
        *(segment.start for segment in segments[1:]),
        end,
    ]
    assert all(segment.start < segment.end for segment in segments)
    assert all(not (a.open and b.open) for a, b in pairwise(segments))
    assert all(segment.open == (segment.reason == "open") for segment in segments)
    counted = sum((s.end - s.start for s in segments if s.open), timedelta(0))
    assert counted == calendar.between(start, end)


@by_example
@given(some_rules(), st.lists(instants, min_size=2, max_size=4), spans, st.data())
def test_what_was_asked_before_changes_no_answer(
    rules: Rules, questions: list[datetime], span: timedelta, data: DataObject
) -> None:
    seasoned = rules.calendar()
    for start in data.draw(st.permutations(questions)):
        fresh = rules.calendar()
        assert seasoned.is_open(start) == fresh.is_open(start)
        assert seasoned.add(start, span) == fresh.add(start, span)
        assert seasoned.between(questions[0], start) == fresh.between(questions[0], start)
        assert seasoned.add_business_days(start, 2) == fresh.add_business_days(start, 2)


@by_example
@given(st.lists(st.tuples(st.integers(0, 6), day_openings()), min_size=1, max_size=5))
def test_openings_are_refused_exactly_if_two_share_a_minute(
    openings: list[tuple[int, Opening]],
) -> None:
    """(4)"""
    week: dict[int, list[Opening]] = {}
    minutes: list[int] = []
    for day, opening in openings:
        week.setdefault(day, []).append(opening)
        first = day * MINUTES_A_DAY + opening.opens // MINUTE
        length = (opening.closes - opening.opens) // MINUTE
        minutes += (minute % MINUTES_A_WEEK for minute in range(first, first + length))
    share = len(minutes) != len(set(minutes))
    with pytest.raises(CalendarError, match="overlaps") if share else nullcontext():
        Calendar.weekly("x", UTC, week)
