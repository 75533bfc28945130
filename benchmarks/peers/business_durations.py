"""business-duration: the open hours between two instants; to add, one has to search."""

import time
from datetime import date
from datetime import time as time_of_day
from itertools import cycle
from zoneinfo import ZoneInfo

import pandas as pd  # type: ignore[import-untyped]  # its stubs are a package of their own
from business_duration import businessDuration  # type: ignore[import-untyped]  # it has none

from benchmarks.business_time import CLOSES, HOLIDAYS, OPENS, SPAN, ZONE, spans

MOST = 30 * 86400
"""Seconds within which 40 open hours have passed, whatever the start."""

DAYS_OFF = {date.fromisoformat(day): "holiday" for day in HOLIDAYS}


def _pairs() -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """By the local clock, without a zone: it knows none."""
    return [
        (
            pd.Timestamp(start.astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)),
            pd.Timestamp(end.astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)),
        )
        for start, end in spans()
    ]


def _between(start: pd.Timestamp, end: pd.Timestamp) -> float:
    return float(
        businessDuration(
            start,
            end,
            time_of_day(OPENS),
            time_of_day(CLOSES),
            holidaylist=DAYS_OFF,
            unit="sec",
        )
    )


def _add(start: pd.Timestamp) -> pd.Timestamp:
    """The first second by which 40 hours have passed: halving what lies ahead finds it."""
    low, high = 0, MOST
    while low < high:
        middle = (low + high) // 2
        if _between(start, start + pd.Timedelta(seconds=middle)) >= SPAN.total_seconds():
            high = middle
        else:
            low = middle + 1
    return start + pd.Timedelta(seconds=low)


def results(what: str) -> dict[str, float]:
    """The seconds between some instants, or where 40 hours lead from them."""
    some = list(zip(spans(), _pairs(), strict=True))[::20]
    if what == "between":
        return {start.isoformat(): _between(*pair) for (start, _), pair in some}
    return {
        start.isoformat(): _add(pair[0]).tz_localize(ZONE).timestamp() for (start, _), pair in some
    }


def run(seconds: float, what: str) -> dict[str, float]:
    """Asks what lies between, or searches, for so long."""
    pairs = cycle(_pairs())
    used, since, done = time.process_time(), time.perf_counter(), 0
    while time.perf_counter() - since < seconds:
        start, end = next(pairs)
        if what == "between":
            _between(start, end)
        else:
            _add(start)
        done += 1
    elapsed = time.perf_counter() - since
    return {"done": done, "elapsed": elapsed, "processor": time.process_time() - used}
