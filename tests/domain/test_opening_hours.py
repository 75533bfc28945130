"""What a calendar file may say, and what is refused with its reason (4)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.calendar import Calendar, Opening, parse_opening
from app.domain.errors import CalendarError

HOUR = timedelta(hours=1)
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


def openings(*texts: str) -> list[Opening]:
    return [parse_opening(text) for text in texts]


def weekdays(*texts: str) -> dict[int, Sequence[Opening]]:
    return dict.fromkeys(range(5), openings(*texts))


class TestOpenings:
    """What a calendar file may say (4)."""

    def test_an_opening_lies_within_its_day(self) -> None:
        assert parse_opening("09:00-17:00") == Opening(9 * HOUR, 17 * HOUR)

    def test_24_00_may_end_it(self) -> None:
        assert parse_opening("00:00-24:00") == Opening(0 * HOUR, 24 * HOUR)

    def test_an_end_before_the_start_is_the_next_days(self) -> None:
        assert parse_opening("22:00-06:00") == Opening(22 * HOUR, 30 * HOUR)

    def test_an_end_at_the_start_makes_24_hours(self) -> None:
        assert parse_opening("09:00-09:00") == Opening(9 * HOUR, 33 * HOUR)

    def test_seconds_may_be_given(self) -> None:
        assert parse_opening("09:00:30-17:00").opens == 9 * HOUR + timedelta(seconds=30)

    @pytest.mark.parametrize(
        "text", ["09:00-17:00", "22:00-06:00", "00:00-24:00", "01:30:30-07:45"]
    )
    def test_it_is_written_as_it_was_read(self, text: str) -> None:
        assert str(parse_opening(text)) == text

    @pytest.mark.parametrize("text", ["", "9:00-17:00", "09:00", "09:00 - 17:00", "09.00-17.00"])
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(CalendarError, match='is not written like "09:00-17:00"'):
            parse_opening(text)

    @pytest.mark.parametrize(
        "text", ["09:60-17:00", "09:00-24:01", "09:00-25:00", "09:00:60-17:00"]
    )
    def test_a_time_that_no_clock_shows_is_refused(self, text: str) -> None:
        with pytest.raises(CalendarError, match="a time that no clock shows"):
            parse_opening(text)

    def test_24_00_begins_nothing(self) -> None:
        with pytest.raises(CalendarError, match="begins at 24:00"):
            parse_opening("24:00-06:00")

    @pytest.mark.parametrize(("opens", "closes"), [(-1, 5), (24, 25), (9, 9), (9, 8), (9, 34)])
    def test_an_opening_has_the_length_of_a_day_at_most(self, opens: int, closes: int) -> None:
        with pytest.raises(CalendarError, match="an opening"):
            Opening(opens * HOUR, closes * HOUR)


class TestRefused:
    """What cannot be a calendar, each with its reason (4)."""

    @pytest.mark.parametrize(
        ("hours", "reason"),
        [
            ({MON: openings("09:00-12:00", "11:00-14:00")}, "Monday 09:00-12:00 .* 11:00-14:00"),
            ({MON: openings("09:00-12:00", "09:00-12:00")}, "Monday 09:00-12:00 overlaps"),
            (
                {MON: openings("22:00-06:00"), TUE: openings("05:00-12:00")},
                "Monday 22:00-06:00 overlaps Tuesday 05:00-12:00",
            ),
            (
                {SUN: openings("22:00-06:00"), MON: openings("00:00-12:00")},
                "Sunday 22:00-06:00 overlaps Monday 00:00-12:00",
            ),
        ],
    )
    def test_overlapping_openings(self, hours: dict[int, list[Opening]], reason: str) -> None:
        with pytest.raises(CalendarError, match=f"calendar 'x': .*{reason}"):
            Calendar.weekly("x", UTC, hours)

    @pytest.mark.parametrize(
        ("day", "special", "reason"),
        [
            (9, "05:00-08:00", "2026-06-08 22:00-06:00 overlaps 2026-06-09 05:00-08:00"),
            (7, "20:00-22:30", None),
            (7, "23:00-22:30", "2026-06-07 23:00-22:30 overlaps 2026-06-08 22:00-06:00"),
        ],
    )
    def test_a_special_day_that_overlaps_a_neighbour(
        self, day: int, special: str, reason: str | None
    ) -> None:
        special_days = {date(2026, 6, day): openings(special)}
        if reason is None:
            Calendar.weekly("x", UTC, weekdays("22:00-06:00"), special_days)
            return
        with pytest.raises(CalendarError, match=reason):
            Calendar.weekly("x", UTC, weekdays("22:00-06:00"), special_days)

    def test_a_calendar_that_never_opens(self) -> None:
        with pytest.raises(CalendarError, match="calendar 'x': it never opens"):
            Calendar.weekly("x", UTC, {MON: []})

    def test_a_calendar_whose_only_opening_is_a_holiday(self) -> None:
        day = date(2026, 6, 8)
        with pytest.raises(CalendarError, match="never opens"):
            Calendar.weekly("x", UTC, {}, {day: openings("09:00-17:00")}, {day: "holiday"})

    def test_but_openings_may_touch(self) -> None:
        hours = {MON: openings("09:00-12:00", "12:00-24:00"), TUE: openings("00:00-06:00")}
        monday, wednesday = datetime(2026, 6, 8, tzinfo=UTC), datetime(2026, 6, 10, tzinfo=UTC)
        assert Calendar.weekly("x", UTC, hours).between(monday, wednesday) == 21 * HOUR
