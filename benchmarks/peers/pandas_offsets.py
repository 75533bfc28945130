"""pandas: a timestamp plus an offset of business hours."""

import time
from itertools import cycle

import pandas as pd  # type: ignore[import-untyped]  # its stubs are a package of their own

from benchmarks.business_time import CLOSES, HOLIDAYS, OPENS, ZONE, starts

HOURS = 40


def _offset() -> pd.offsets.CustomBusinessHour:
    return pd.offsets.CustomBusinessHour(
        n=HOURS, start=f"{OPENS:02}:00", end=f"{CLOSES:02}:00", holidays=list(HOLIDAYS)
    )


def _instants() -> list[pd.Timestamp]:
    return [pd.Timestamp(each).tz_convert(ZONE) for each in starts()]


def results(what: str) -> dict[str, float]:
    """Where 40 hours lead from some instants."""
    offset = _offset()
    return {
        each.isoformat(): (at + offset).timestamp()
        for each, at in zip(starts()[::20], _instants()[::20], strict=True)
    }


def run(seconds: float, what: str) -> dict[str, float]:
    """Adds for so long."""
    offset, instants = _offset(), cycle(_instants())
    used, since, done = time.process_time(), time.perf_counter(), 0
    while time.perf_counter() - since < seconds:
        next(instants) + offset
        done += 1
    elapsed = time.perf_counter() - since
    return {"done": done, "elapsed": elapsed, "processor": time.process_time() - used}
