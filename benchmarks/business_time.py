"""Business time in memory: 40 open hours over weekends and holidays."""

import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from app.domain.calendar import Calendar, Opening
from benchmarks import processes
from benchmarks.ground import Ground
from benchmarks.measure import Alone, Contender, Line, Plan, Result, Row, Turn, in_turns

ZONE = "Europe/Berlin"
OPENS, CLOSES = 9, 17
HOLIDAYS = ("2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14", "2026-12-25")
SPAN = timedelta(hours=40)
STARTS = 1000
"""Instants of a year that the span is added to in turn."""

PEERS = {
    "businesstimedelta": ("business_timedelta", "add"),
    "pandas CustomBusinessHour": ("pandas_offsets", "add"),
    "business-duration, searching": ("business_durations", "add"),
    "business-duration": ("business_durations", "between"),
}


class NotTheSameInstant(Exception):
    """A peer comes to another result: then it is not the same that is measured."""


async def measure(ground: Ground, plan: Plan) -> list[Line]:
    """Beside two libraries that add; and one that tells what lies between, with which to search."""
    seconds = plan.size(1, 3) * 0.3
    contenders = [
        Contender(f"ours, {what}", partial(_turn, "benchmarks.business_time:run", seconds, what))
        for what in ("add", "between")
    ]
    contenders += [
        Contender(name, partial(_turn, f"benchmarks.peers.{module}:run", seconds, what))
        for name, (module, what) in PEERS.items()
    ]
    await _compare()
    add, between, *others = await in_turns(plan, contenders)
    lines: list[Line] = [
        Row(
            f"business time: `{what}` 40 h over weekends and holidays",
            add if what == "add" else between,
            other,
            100.0 if what == "add" else None,
        )
        for (_, what), other in zip(PEERS.values(), others, strict=True)
    ]
    each = tuple(Turn(1e6 / turn.rate) for turn in add.turns)
    return [*lines, Alone("one `add` of 40 h", Result("add", each, "µs"), 3.0)]


async def _turn(target: str, seconds: float, what: str) -> Turn:
    found = await processes.call(target, seconds=seconds, what=what)
    return Turn(
        found["done"] / found["elapsed"], {"process": found["processor"] / found["elapsed"]}
    )


async def _compare() -> None:
    """NotTheSameInstant unless all come to the same; a closing is the next opening as well."""
    office = calendar()
    for module, what in PEERS.values():
        ours = results(what)
        theirs = await processes.call(f"benchmarks.peers.{module}:results", what=what)
        if what == "add":
            ours, theirs = _openings(office, ours), _openings(office, theirs)
        if differ := [key for key in ours if abs(ours[key] - theirs[key]) > 1]:
            raise NotTheSameInstant(f"{module}: {len(differ)} of {len(ours)}, such as {differ[0]}")


def _openings(office: Calendar, found: Mapping[str, float]) -> dict[str, float]:
    return {
        key: office.next_open(datetime.fromtimestamp(at, UTC)).timestamp()
        for key, at in found.items()
    }


def calendar() -> Calendar:
    """Monday to Friday, 9 to 17, without the holidays."""
    opening = Opening(timedelta(hours=OPENS), timedelta(hours=CLOSES))
    holidays = {date.fromisoformat(day): "holiday" for day in HOLIDAYS}
    return Calendar.weekly(
        "office", ZoneInfo(ZONE), dict.fromkeys(range(5), (opening,)), holidays=holidays
    )


def starts() -> list[datetime]:
    """Instants all over a year, at night and on weekends too."""
    first = datetime(2026, 1, 1, tzinfo=UTC)
    return [first + timedelta(minutes=number * 503) for number in range(STARTS)]


def spans() -> list[tuple[datetime, datetime]]:
    """The same, each with the instant by which 40 open hours have passed."""
    office = calendar()
    return [(start, office.add(start, SPAN)) for start in starts()]


def results(what: str) -> dict[str, float]:
    """What ours comes to: instants, or hours."""
    office = calendar()
    if what == "add":
        return {each.isoformat(): office.add(each, SPAN).timestamp() for each in starts()[::20]}
    return {
        start.isoformat(): office.between(start, end).total_seconds()
        for start, end in spans()[::20]
    }


def run(seconds: float, what: str) -> dict[str, float]:
    """Does it again and again for so long."""
    office, done = calendar(), 0
    instants, both = starts(), spans()
    used, since = time.process_time(), time.perf_counter()
    while time.perf_counter() - since < seconds:
        if what == "add":
            for start in instants:
                office.add(start, SPAN)
        else:
            for start, end in both:
                office.between(start, end)
        done += STARTS
    elapsed = time.perf_counter() - since
    return {"done": done, "elapsed": elapsed, "processor": time.process_time() - used}
