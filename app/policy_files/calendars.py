"""The ``calendars`` of a policy file."""

import zoneinfo
from collections.abc import Mapping
from itertools import chain

from app.domain.calendar import Calendar, Opening, parse_opening
from app.domain.errors import CalendarError
from app.policy_files.document import Faults, Node
from app.policy_files.holiday_rules import read_holidays
from app.policy_files.spelling import did_you_mean
from app.policy_files.words import read_date

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

ALWAYS = Calendar.open_always()

zoneinfo.reset_tzpath(())  # zones come from the pinned tzdata package and nowhere else (1)


def read_calendars(node: Node | None) -> Mapping[str, Calendar]:
    """The calendars by name; ``always`` is there without being named."""
    calendars = {"always": ALWAYS}
    faults = Faults()
    for name, definition in node.members() if node else ():
        with faults.gathered():
            if name in calendars:
                definition.refuse("'always' is built in")
            calendars[name] = _read_calendar(name, definition)
    faults.refuse()
    return calendars


def _read_calendar(name: str, node: Node) -> Calendar:
    node.only("zone", "hours", "special_days", "holidays")
    zone = _read_zone(node.require("zone"))
    hours = _read_hours(node.require("hours"))
    if not any(hours.values()):
        node.refuse("this calendar never opens in an ordinary week: give a day its hours")
    special_days = node.get("special_days")
    holidays = read_holidays(node.get("holidays"))
    try:
        return Calendar.weekly(
            name,
            zone,
            hours,
            {
                read_date(day, hours): _read_openings(hours)
                for day, hours in (special_days.members() if special_days else ())
            },
            holidays,
        )
    except CalendarError as error:
        node.refuse(str(error))


def _read_zone(node: Node) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(node.text())
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = did_you_mean(node.text(), zoneinfo.available_timezones())
        node.refuse(f"{node.text()!r} is no time zone{near}; write one like Europe/Rome")


def _read_hours(node: Node) -> dict[int, list[Opening]]:
    hours: dict[int, list[Opening]] = {}
    for days, openings in node.members():
        for day in _read_days(days, openings):
            if day in hours:
                openings.refuse(f"{DAYS[day]} has its hours already")
            hours[day] = _read_openings(openings)
    return hours


def _read_days(text: str, node: Node) -> list[int]:
    """``mon``, ``mon-fri``, ``sat-sun`` or several of these after commas."""
    return list(
        chain.from_iterable(_read_day_range(part.strip(), node) for part in text.split(","))
    )


def _read_day_range(text: str, node: Node) -> range:
    first, _, last = text.partition("-")
    if first not in DAYS or (last or first) not in DAYS:
        node.refuse(f"{text!r} is no day; write mon, tue, ... sun, or a range like mon-fri")
    start, end = DAYS.index(first), DAYS.index(last or first)
    if end < start:
        node.refuse(f"{text!r} runs backwards")
    return range(start, end + 1)


def _read_openings(node: Node) -> list[Opening]:
    openings = []
    for item in node.items():
        try:
            openings.append(parse_opening(item.text()))
        except CalendarError as error:
            item.refuse(str(error))
    return openings
