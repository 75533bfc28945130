"""The 599 cases from the tests of established peers, all of which must hold (8)."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain.calendar import Calendar, Opening, parse_opening

CASES = json.loads((Path(__file__).parents[1] / "cases" / "business_time.json").read_text("utf-8"))
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def zone_of(name: str) -> tzinfo:
    """A zone by its name, or an offset such as "+02:00"."""
    if name[0] not in "+-":
        return ZoneInfo(name)
    zone = datetime.fromisoformat(f"2000-01-01T00:00:00{name}").tzinfo
    assert zone is not None
    return zone


def openings(pairs: Sequence[Sequence[str]]) -> list[Opening]:
    return [parse_opening(f"{opens}-{closes}") for opens, closes in pairs]


def calendar_of(facts: Mapping[str, Any]) -> Calendar:
    special = facts.get("special_hours", {})
    return Calendar.weekly(
        "case",
        zone_of(facts["timezone"]),
        {WEEKDAYS.index(day): openings(pairs) for day, pairs in facts["hours"].items()},
        {date.fromisoformat(day): openings(pairs) for day, pairs in special.items()},
        {date.fromisoformat(day): "holiday" for day in facts["holidays"]},
    )


def answer(case: Mapping[str, Any]) -> object:
    """What the calendar says to the question of a case."""
    calendar, start = calendar_of(case["calendar"]), datetime.fromisoformat(case["start"])
    match case["op"]:
        case "add":
            return calendar.add(start, timedelta(seconds=case["seconds"]))
        case "between":
            return calendar.between(start, datetime.fromisoformat(case["end"])).total_seconds()
        case "is_open":
            return calendar.is_open(start)
        case "next_open":
            return calendar.next_open(start)
    raise AssertionError(f"unknown question {case['op']}")


def test_there_are_599_of_them() -> None:
    assert len(CASES) == len({case["id"] for case in CASES}) == 599


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_case_of_a_peer_holds(case: dict[str, Any]) -> None:
    given, expected = answer(case), case["expected"]
    if isinstance(given, datetime):
        expected = datetime.fromisoformat(expected)
        if case.get("compare") == "date":
            zone = zone_of(case["calendar"]["timezone"])
            given, expected = given.astimezone(zone).date(), expected.astimezone(zone).date()
    assert given == expected, case["source"]
