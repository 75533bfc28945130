"""What counted and what did not, with the calendar rule that caused it (34)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.calendar import Calendar, Opening, Segment, parse_opening


def openings(*texts: str) -> list[Opening]:
    return [parse_opening(text) for text in texts]


def weekdays(*texts: str) -> dict[int, Sequence[Opening]]:
    return dict.fromkeys(range(5), openings(*texts))


def every_day(*texts: str) -> dict[int, Sequence[Opening]]:
    return dict.fromkeys(range(7), openings(*texts))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


OFFICE = Calendar.weekly("office", UTC, weekdays("09:00-17:00"))


def test_open_and_closed_time_alternate_without_a_gap() -> None:
    assert list(OFFICE.segments(utc("2026-06-05 16:00"), utc("2026-06-08 10:00"))) == [
        Segment(utc("2026-06-05 16:00"), utc("2026-06-05 17:00"), open=True, reason="open"),
        Segment(utc("2026-06-05 17:00"), utc("2026-06-08 09:00"), open=False, reason="closed"),
        Segment(utc("2026-06-08 09:00"), utc("2026-06-08 10:00"), open=True, reason="open"),
    ]


def test_a_holiday_is_named() -> None:
    christmas = {date(2026, 12, 25): "Christmas Day"}
    office = Calendar.weekly("office", UTC, weekdays("09:00-17:00"), holidays=christmas)
    explained = office.segments(utc("2026-12-24 16:00"), utc("2026-12-28 10:00"))
    assert [(s.reason, s.end) for s in explained] == [
        ("open", utc("2026-12-24 17:00")),
        ("closed", utc("2026-12-25 00:00")),
        ("holiday: Christmas Day", utc("2026-12-26 00:00")),
        ("closed", utc("2026-12-28 09:00")),
        ("open", utc("2026-12-28 10:00")),
    ]


def test_special_hours_are_a_reason_too() -> None:
    eve = {date(2026, 12, 24): openings("09:00-12:00")}
    office = Calendar.weekly("office", UTC, weekdays("09:00-17:00"), eve)
    explained = office.segments(utc("2026-12-24 11:00"), utc("2026-12-25 08:00"))
    assert [(s.reason, s.end) for s in explained] == [
        ("open", utc("2026-12-24 12:00")),
        ("special hours", utc("2026-12-25 00:00")),
        ("closed", utc("2026-12-25 08:00")),
    ]


def test_a_holiday_answers_for_the_morning_after_its_night_shift() -> None:
    holiday = {date(2026, 12, 24): "Christmas Eve"}
    nights = Calendar.weekly("nights", UTC, weekdays("22:00-06:00"), holidays=holiday)
    explained = nights.segments(utc("2026-12-24 05:00"), utc("2026-12-25 07:00"))
    assert [(s.reason, s.end) for s in explained] == [
        ("open", utc("2026-12-24 06:00")),
        ("holiday: Christmas Eve", utc("2026-12-25 06:00")),
        ("closed", utc("2026-12-25 07:00")),
    ]


def test_a_holiday_after_a_holiday_answers_for_itself() -> None:
    holidays = {date(2026, 12, 24): "Christmas Eve", date(2026, 12, 25): "Christmas Day"}
    nights = Calendar.weekly("nights", UTC, weekdays("22:00-06:00"), holidays=holidays)
    explained = nights.segments(utc("2026-12-24 05:00"), utc("2026-12-26 07:00"))
    assert [(s.reason, s.end) for s in explained] == [
        ("open", utc("2026-12-24 06:00")),
        ("holiday: Christmas Eve", utc("2026-12-25 00:00")),
        ("holiday: Christmas Day", utc("2026-12-26 06:00")),
        ("closed", utc("2026-12-26 07:00")),
    ]


def test_a_holiday_on_which_the_clocks_change_is_one_segment() -> None:
    easter = {date(2024, 3, 31): "Easter Sunday"}
    whole_days = Calendar.weekly(
        "whole days", ZoneInfo("Europe/Berlin"), every_day("00:00-24:00"), holidays=easter
    )
    explained = list(whole_days.segments(utc("2024-03-30 12:00"), utc("2024-04-01 12:00")))
    assert [s.reason for s in explained] == ["open", "holiday: Easter Sunday", "open"]
    assert explained[1].end - explained[1].start == timedelta(hours=23)


def test_openings_that_touch_are_one_segment() -> None:
    whole_days = Calendar.weekly(
        "whole days", ZoneInfo("Europe/Berlin"), every_day("00:00-12:00", "12:00-24:00")
    )
    start, end = utc("2026-03-20 10:00"), utc("2027-04-10 10:00")
    assert list(whole_days.segments(start, end)) == [Segment(start, end, True, "open")]


def test_always_is_one_segment() -> None:
    start, end = utc("2026-06-05 10:00"), utc("2026-06-08 10:00")
    assert list(Calendar.open_always().segments(start, end)) == [
        Segment(start, end, open=True, reason="open")
    ]


def test_no_time_has_no_segments() -> None:
    for calendar in (OFFICE, Calendar.open_always()):
        assert list(calendar.segments(utc("2026-06-06 10:00"), utc("2026-06-06 10:00"))) == []


def test_time_runs_forward() -> None:
    with pytest.raises(ValueError, match="run forward"):
        list(OFFICE.segments(utc("2026-06-06 10:00"), utc("2026-06-05 10:00")))


def test_an_instant_names_the_opening_it_lies_in() -> None:
    nights = Calendar.weekly("nights", ZoneInfo("Europe/Berlin"), weekdays("22:00-06:00"))
    assert str(nights.opening_at(utc("2026-06-05 21:00"))) == "22:00-06:00"
    assert str(nights.opening_at(utc("2026-06-06 03:59"))) == "22:00-06:00", "Friday's, on Saturday"
    assert nights.opening_at(utc("2026-06-06 04:00")) is None
    assert nights.opening_at(utc("2026-06-06 21:00")) is None
    halves = Calendar.weekly("halves", UTC, every_day("00:00-12:00", "12:00-24:00"))
    assert str(halves.opening_at(utc("2026-06-05 12:00"))) == "12:00-24:00"
    assert Calendar.open_always().opening_at(utc("2026-06-05 12:00")) is None


def test_a_calendar_says_by_which_clock_it_opens() -> None:
    berlin = Calendar.weekly("office", ZoneInfo("Europe/Berlin"), weekdays("09:00-17:00"))
    assert (berlin.zone, OFFICE.zone, Calendar.open_always().zone) == ("Europe/Berlin", "UTC", None)
