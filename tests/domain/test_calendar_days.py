"""``Nbd`` and ``eobd+N``: so many business days on, and the end of one (7)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest

from app.domain.calendar import Calendar, Opening, parse_opening

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
BERLIN = ZoneInfo("Europe/Berlin")
FRI, MON = 4, 0
JUNE = {"Thu": 4, "Fri": 5, "Sat": 6, "Sun": 7, "Mon": 8, "Tue": 9, "Wed": 10}


def openings(*texts: str) -> list[Opening]:
    return [parse_opening(text) for text in texts]


def weekdays(*texts: str) -> dict[int, Sequence[Opening]]:
    return dict.fromkeys(range(5), openings(*texts))


def every_day(*texts: str) -> dict[int, Sequence[Opening]]:
    return dict.fromkeys(range(7), openings(*texts))


def june(text: str) -> datetime:
    """ "Fri 15:30" of the week around 8 June 2026, as Copenhagen's clocks show it."""
    day, time = text.split()
    return local(f"2026-06-{JUNE[day]:02} {time}", COPENHAGEN)


def local(text: str, zone: tzinfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


OFFICE = Calendar.weekly("office", COPENHAGEN, weekdays("09:00-17:00"))
NIGHTS = Calendar.weekly("nights", COPENHAGEN, weekdays("22:00-06:00"))


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("Fri 15:30", 1, "Mon 15:30"),
        ("Sat 11:00", 1, "Tue 09:00"),
        ("Fri 18:00", 1, "Tue 09:00"),
        ("Thu 10:00", 3, "Tue 10:00"),
        ("Fri 17:00", 1, "Tue 09:00"),
        ("Fri 15:30", 0, "Fri 15:30"),
        ("Sat 11:00", 0, "Mon 09:00"),
    ],
)
def test_the_same_time_so_many_open_days_on(start: str, days: int, due: str) -> None:
    assert OFFICE.add_business_days(june(start), days) == june(due)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("Fri 12:00", "Mon 17:00"),
        ("Fri 20:00", "Mon 17:00"),
        ("Sat 09:00", "Mon 17:00"),
        ("Sun 23:59", "Mon 17:00"),
        ("Mon 00:00", "Tue 17:00"),
        ("Tue 07:00", "Wed 17:00"),
    ],
)
def test_the_end_of_the_next_business_day(start: str, due: str) -> None:
    assert OFFICE.end_of_business_day(june(start), 1) == june(due)


def test_the_end_of_a_later_business_day() -> None:
    assert OFFICE.end_of_business_day(june("Thu 12:00"), 3) == june("Tue 17:00")


def test_a_day_with_a_lunch_break_ends_in_the_afternoon() -> None:
    lunch = Calendar.weekly("lunch", COPENHAGEN, weekdays("09:00-12:00", "13:00-17:00"))
    assert lunch.end_of_business_day(june("Fri 12:00"), 1) == june("Mon 17:00")


def test_a_holiday_is_no_business_day() -> None:
    office = Calendar.weekly(
        "office", COPENHAGEN, weekdays("09:00-17:00"), holidays={date(2026, 6, 8): "Monday"}
    )
    assert office.add_business_days(june("Fri 15:30"), 1) == june("Tue 15:30")
    assert office.end_of_business_day(june("Fri 15:30"), 1) == june("Tue 17:00")


def test_outside_that_days_hours_it_is_the_nearest_earlier_closing() -> None:
    hours = {FRI: openings("08:00-20:00"), MON: openings("09:00-12:00", "13:00-17:00")}
    calendar = Calendar.weekly("uneven", COPENHAGEN, hours)
    assert calendar.add_business_days(june("Fri 12:00"), 1) == june("Mon 12:00")
    assert calendar.add_business_days(june("Fri 12:30"), 1) == june("Mon 12:00")
    assert calendar.add_business_days(june("Fri 19:00"), 1) == june("Mon 17:00")


def test_or_that_days_opening_if_before_it() -> None:
    hours = {FRI: openings("08:00-20:00"), MON: openings("09:00-12:00", "13:00-17:00")}
    calendar = Calendar.weekly("uneven", COPENHAGEN, hours)
    assert calendar.add_business_days(june("Fri 08:15"), 1) == june("Mon 09:00")


def test_the_small_hours_of_a_night_shift_are_the_evenings_business_day() -> None:
    assert NIGHTS.add_business_days(june("Tue 02:00"), 1) == june("Wed 02:00")
    assert NIGHTS.add_business_days(june("Sat 02:00"), 1) == june("Tue 02:00")


def test_the_last_closing_of_a_night_shift_is_the_next_morning() -> None:
    assert NIGHTS.end_of_business_day(june("Fri 12:00"), 1) == june("Tue 06:00")


def test_the_end_goes_by_the_local_date_even_at_night() -> None:
    assert NIGHTS.end_of_business_day(june("Fri 02:00"), 1) == june("Tue 06:00")


def test_the_same_time_is_local_across_the_change_of_clocks() -> None:
    office = Calendar.weekly("office", BERLIN, weekdays("09:00-17:00"))
    assert office.add_business_days(utc("2026-03-27 14:00"), 1) == utc("2026-03-30 13:00")


def test_a_skipped_time_is_the_instant_that_skips_it() -> None:
    calendar = Calendar.weekly("whole days", BERLIN, every_day("00:00-24:00"))
    saturday = local("2026-03-28 02:30", BERLIN)
    assert calendar.add_business_days(saturday, 1) == utc("2026-03-29 01:00")


def test_a_repeated_time_is_its_first_occurrence() -> None:
    calendar = Calendar.weekly("whole days", BERLIN, every_day("00:00-24:00"))
    saturday = local("2026-10-24 02:30", BERLIN)
    assert calendar.add_business_days(saturday, 1) == utc("2026-10-25 00:30")
    its_second = utc("2026-10-25 01:30")
    assert calendar.add_business_days(its_second, 0) == its_second


def test_always_has_the_days_of_utc() -> None:
    always, saturday = Calendar.open_always(), utc("2026-06-06 11:00")
    assert always.add_business_days(saturday, 2) == utc("2026-06-08 11:00")
    assert always.end_of_business_day(saturday, 1) == utc("2026-06-08 00:00")


def test_days_do_not_run_back() -> None:
    with pytest.raises(ValueError, match="negative number of business days"):
        OFFICE.add_business_days(june("Mon 10:00"), -1)
    with pytest.raises(ValueError, match="one day ahead or more"):
        OFFICE.end_of_business_day(june("Mon 10:00"), 0)
