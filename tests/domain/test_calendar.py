"""Which hours count, and adding them up (4-6, 8); the numbers are the rules of docs/semantics.md.

Opening times as they are written are in ``test_opening_hours.py``, business days (7) in
``test_calendar_days.py``, explanations (34) in ``test_calendar_segments.py``.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest

from app.domain.calendar import Calendar, Opening, parse_opening
from app.domain.errors import CalendarError

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
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


def local(text: str, zone: tzinfo, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


OFFICE = Calendar.weekly("office", COPENHAGEN, weekdays("09:00-17:00"))
LUNCH = Calendar.weekly("lunch", COPENHAGEN, weekdays("09:00-12:00", "13:00-17:00"))
NIGHTS = Calendar.weekly("nights", COPENHAGEN, weekdays("22:00-06:00"))


class TestTheWeekAndItsExceptions:
    """Which hours a date has (4)."""

    def test_several_intervals_make_a_day(self) -> None:
        assert LUNCH.is_open(june("Mon 11:59"))
        assert not LUNCH.is_open(june("Mon 12:00"))
        assert LUNCH.is_open(june("Mon 13:00"))

    def test_the_order_in_which_they_are_written_does_not_matter(self) -> None:
        shuffled = Calendar.weekly("x", COPENHAGEN, {MON: openings("13:00-17:00", "09:00-12:00")})
        assert shuffled.between(june("Mon 00:00"), june("Tue 00:00")) == 7 * HOUR

    def test_a_night_belongs_to_the_day_it_starts_on(self) -> None:
        assert NIGHTS.is_open(june("Sat 05:59")), "Friday's night"
        assert not NIGHTS.is_open(june("Sat 22:00")), "Saturday has none"
        assert not NIGHTS.is_open(june("Mon 05:00")), "nor has Sunday"

    def test_a_holiday_takes_its_own_night_and_leaves_that_of_the_day_before(self) -> None:
        nights = Calendar.weekly(
            "nights", COPENHAGEN, weekdays("22:00-06:00"), holidays={date(2026, 6, 9): "Tuesday"}
        )
        assert nights.is_open(june("Tue 05:00"))
        assert not nights.is_open(june("Tue 23:00"))
        assert not nights.is_open(june("Wed 05:00"))

    def test_a_special_day_replaces_the_hours_of_its_date(self) -> None:
        calendar = Calendar.weekly(
            "special",
            COPENHAGEN,
            weekdays("09:00-17:00"),
            {date(2026, 6, 8): openings("12:00-14:00")},
        )
        assert calendar.between(june("Mon 00:00"), june("Tue 00:00")) == 2 * HOUR
        assert calendar.between(june("Tue 00:00"), june("Wed 00:00")) == 8 * HOUR

    def test_a_special_day_may_open_where_the_week_does_not(self) -> None:
        sunday = {date(2026, 6, 7): openings("10:00-12:00")}
        calendar = Calendar.weekly("sunday", COPENHAGEN, {}, sunday)
        assert calendar.next_open(june("Thu 00:00")) == june("Sun 10:00")

    def test_a_holiday_wins_over_a_special_day(self) -> None:
        day = date(2026, 6, 8)
        calendar = Calendar.weekly(
            "both", COPENHAGEN, weekdays("09:00-17:00"), {day: openings("12:00-14:00")}, {day: "x"}
        )
        assert calendar.next_open(june("Sun 12:00")) == june("Tue 09:00")

    def test_always_is_open_without_end(self) -> None:
        always = Calendar.open_always()
        assert always.always
        assert not OFFICE.always
        assert always.is_open(june("Sun 03:00"))
        assert always.next_open(june("Sun 03:00")) == june("Sun 03:00")
        assert always.add(june("Sun 03:00"), 4 * HOUR) == june("Sun 07:00")
        assert always.between(june("Mon 00:00"), june("Sun 00:00")) == timedelta(days=-1)


class TestTheWallClockDecides:
    """Open is what the local clock reads; open time is what elapses (5)."""

    def test_an_opening_is_half_open(self) -> None:
        assert not OFFICE.is_open(june("Mon 09:00") - timedelta(microseconds=1))
        assert OFFICE.is_open(june("Mon 09:00"))
        assert OFFICE.is_open(june("Mon 17:00") - timedelta(microseconds=1))
        assert not OFFICE.is_open(june("Mon 17:00"))

    @pytest.mark.parametrize(
        ("day", "hours"), [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25)]
    )
    def test_a_whole_day_has_23_hours_in_spring_and_25_in_autumn(
        self, day: str, hours: int
    ) -> None:
        calendar = Calendar.weekly("whole days", BERLIN, every_day("00:00-24:00"))
        midnight = local(f"{day} 00:00", BERLIN)
        next_midnight = midnight + timedelta(days=1)  # by the wall clock, as zoned datetimes add
        assert calendar.between(midnight, next_midnight) == hours * HOUR

    def test_office_hours_move_with_the_clocks(self) -> None:
        office = Calendar.weekly("office", BERLIN, weekdays("09:00-17:00"))
        assert office.next_open(utc("2026-03-27 20:00")) == utc("2026-03-30 07:00")
        assert office.next_open(utc("2026-10-23 20:00")) == utc("2026-10-26 08:00")

    def test_a_skipped_hour_does_not_exist(self) -> None:
        calendar = Calendar.weekly("02-03", BERLIN, {SUN: openings("02:00-03:00")})
        assert calendar.next_open(utc("2026-03-28 00:00")) == utc("2026-04-05 00:00")

    def test_an_opening_cut_by_the_skipped_hour_keeps_what_is_left(self) -> None:
        calendar = Calendar.weekly("early", BERLIN, {SUN: openings("01:30-02:30", "02:45-03:15")})
        assert calendar.add(utc("2026-03-29 00:00"), 45 * MINUTE) == utc("2026-03-29 01:15")
        assert calendar.is_open(utc("2026-03-29 01:00")), "03:00 follows 01:59 and is open"

    def test_a_repeated_hour_counts_twice(self) -> None:
        calendar = Calendar.weekly("02-03", BERLIN, {SUN: openings("02:00-03:00")})
        assert calendar.between(utc("2026-10-25 00:00"), utc("2026-10-26 00:00")) == 2 * HOUR

    def test_an_opening_that_ends_in_a_repeated_hour_opens_twice(self) -> None:
        calendar = Calendar.weekly("early", BERLIN, {SUN: openings("01:30-02:30")})
        stretches = calendar.segments(utc("2026-10-24 20:00"), utc("2026-10-25 20:00"))
        assert [(s.start, s.end) for s in stretches if s.open] == [
            (utc("2026-10-24 23:30"), utc("2026-10-25 00:30")),
            (utc("2026-10-25 01:00"), utc("2026-10-25 01:30")),
        ]

    def test_a_night_has_its_extra_hour(self) -> None:
        nights = Calendar.weekly("nights", BERLIN, {SAT: openings("22:00-06:00")})
        assert nights.add(local("2026-10-24 22:00", BERLIN), 9 * HOUR) == utc("2026-10-25 05:00")
        assert nights.add(local("2026-03-28 22:00", BERLIN), 7 * HOUR) == utc("2026-03-29 04:00")

    def test_clocks_may_change_by_half_an_hour(self) -> None:
        island = ZoneInfo("Australia/Lord_Howe")
        calendar = Calendar.weekly("whole days", island, {SUN: openings("00:00-24:00")})
        april = calendar.between(utc("2026-04-04 00:00"), utc("2026-04-07 00:00"))
        october = calendar.between(utc("2026-10-03 00:00"), utc("2026-10-06 00:00"))
        assert (april, october) == (24.5 * HOUR, 23.5 * HOUR)

    def test_clocks_may_go_back_over_midnight(self) -> None:
        """In Santiago Saturday's last hour came twice, before any of Sunday."""
        santiago = ZoneInfo("America/Santiago")
        calendar = Calendar.weekly("Saturdays", santiago, {SAT: openings("09:00-24:00")})
        assert calendar.end_of_business_day(utc("2026-04-03 12:00"), 1) == utc("2026-04-05 04:00")
        assert calendar.between(utc("2026-04-04 00:00"), utc("2026-04-06 00:00")) == 16 * HOUR

    def test_a_zone_may_skip_a_whole_day(self) -> None:
        """Samoa had no 30 December 2011, a Friday: no open day either."""
        samoa = ZoneInfo("Pacific/Apia")
        office = Calendar.weekly("office", samoa, weekdays("09:00-17:00"))
        thursday = local("2011-12-29 16:00", samoa)
        assert office.add(thursday, 2 * HOUR) == local("2012-01-02 10:00", samoa)
        assert office.add_business_days(thursday, 1) == local("2012-01-02 16:00", samoa)
        assert office.end_of_business_day(thursday, 1) == local("2012-01-02 17:00", samoa)

    def test_a_fixed_offset_is_a_zone_too(self) -> None:
        office = Calendar.weekly("office", timezone(2 * HOUR), weekdays("09:00-17:00"))
        assert office.next_open(utc("2026-12-06 00:00")) == utc("2026-12-07 07:00")

    def test_any_zone_may_ask_and_the_answer_is_in_utc(self) -> None:
        """(1)"""
        tokyo = june("Mon 10:00").astimezone(ZoneInfo("Asia/Tokyo"))
        for answer in (
            OFFICE.add(tokyo, HOUR),
            OFFICE.add(tokyo, 0 * HOUR),
            OFFICE.next_open(tokyo),
            OFFICE.add_business_days(tokyo, 1),
            OFFICE.end_of_business_day(tokyo, 1),
            Calendar.open_always().add_business_days(tokyo, 1),
        ):
            assert answer.tzinfo is UTC

    def test_a_datetime_without_a_zone_is_a_mistake(self) -> None:
        with pytest.raises(TypeError):
            OFFICE.is_open(datetime(2026, 6, 8))  # noqa: DTZ001 - the mistake


class TestAdding:
    """The earliest instant by which so much open time has passed (6)."""

    def test_it_skips_nights_and_weekends(self) -> None:
        assert OFFICE.add(june("Fri 15:30"), 4 * HOUR) == june("Mon 11:30")

    def test_it_skips_holidays(self) -> None:
        office = Calendar.weekly(
            "office", COPENHAGEN, weekdays("09:00-17:00"), holidays={date(2026, 6, 8): "Monday"}
        )
        assert office.add(june("Fri 15:30"), 4 * HOUR) == june("Tue 11:30")

    def test_closed_time_does_not_count(self) -> None:
        assert OFFICE.add(june("Sat 11:00"), HOUR) == june("Mon 10:00")

    def test_a_result_at_the_closing_is_that_closing(self) -> None:
        assert OFFICE.add(june("Fri 15:30"), 90 * MINUTE) == june("Fri 17:00")
        assert OFFICE.add(june("Fri 15:30"), 9.5 * HOUR) == june("Mon 17:00")

    def test_nothing_leads_nowhere(self) -> None:
        assert OFFICE.add(june("Mon 10:00"), 0 * HOUR) == june("Mon 10:00")
        assert OFFICE.add(june("Sat 10:00"), 0 * HOUR) == june("Sat 10:00")

    def test_the_least_time_after_a_closing_lies_at_the_next_opening(self) -> None:
        least = timedelta(microseconds=1)
        assert OFFICE.add(june("Fri 17:00"), least) == june("Mon 09:00") + least

    def test_going_back_is_refused(self) -> None:
        with pytest.raises(ValueError, match="negative span"):
            OFFICE.add(june("Mon 10:00"), -HOUR)
        with pytest.raises(ValueError, match="negative span"):
            Calendar.open_always().add(june("Mon 10:00"), -HOUR)

    def test_between_is_signed(self) -> None:
        """(8)"""
        assert OFFICE.between(june("Fri 16:00"), june("Mon 10:00")) == 2 * HOUR
        assert OFFICE.between(june("Mon 10:00"), june("Fri 16:00")) == -2 * HOUR
        assert OFFICE.between(june("Sat 10:00"), june("Sun 10:00")) == 0 * HOUR

    def test_next_open_is_now_while_open(self) -> None:
        assert OFFICE.next_open(june("Mon 10:00")) == june("Mon 10:00")
        assert OFFICE.next_open(june("Fri 17:00")) == june("Mon 09:00")


class TestTheEndsOfTime:
    """Where a calendar has no answer it says so."""

    def test_openings_may_lie_decades_apart(self) -> None:
        jubilee = {date(year, 7, 1): openings("10:00-12:00") for year in (1950, 2000, 2150)}
        calendar = Calendar.weekly("jubilee", UTC, {}, jubilee)
        assert calendar.add(utc("1940-01-01 00:00"), 5 * HOUR) == utc("2150-07-01 11:00")
        assert calendar.add_business_days(utc("1950-07-01 11:30"), 2) == utc("2150-07-01 11:30")
        assert calendar.between(utc("2190-01-01 00:00"), utc("1910-01-01 00:00")) == -6 * HOUR

    @pytest.mark.parametrize(
        "answer",
        [
            lambda calendar, start: calendar.next_open(start),
            lambda calendar, start: calendar.add(start, HOUR),
            lambda calendar, start: calendar.add_business_days(start, 1),
            lambda calendar, start: calendar.end_of_business_day(start, 1),
        ],
    )
    def test_a_calendar_with_no_opening_left_says_so(
        self, answer: Callable[[Calendar, datetime], datetime]
    ) -> None:
        once = Calendar.weekly("once", UTC, {}, {date(2020, 7, 1): openings("10:00-12:00")})
        with pytest.raises(CalendarError, match="'once' has no open time left before the year"):
            answer(once, utc("2026-01-01 00:00"))

    def test_but_it_still_knows_that_it_is_closed(self) -> None:
        once = Calendar.weekly("once", UTC, {}, {date(2020, 7, 1): openings("10:00-12:00")})
        assert not once.is_open(utc("2026-01-01 00:00"))
        assert once.between(utc("2026-01-01 00:00"), utc("2027-01-01 00:00")) == 0 * HOUR

    @pytest.mark.parametrize("year", ["1899", "2200"])
    def test_years_that_are_not_kept_are_refused(self, year: str) -> None:
        with pytest.raises(CalendarError, match="kept for the years 1900 to 2199"):
            OFFICE.is_open(utc(f"{year}-06-01 10:00"))

    def test_always_ends_with_the_year_9999(self) -> None:
        with pytest.raises(CalendarError, match="beyond the year 9999"):
            Calendar.open_always().add(june("Mon 10:00"), timedelta(days=4_000_000))

    def test_a_calendar_shows_its_name(self) -> None:
        assert repr(OFFICE) == "<Calendar 'office'>"
