"""businesstimedelta: a rule of work days and holidays, to which hours are added."""

import time
from datetime import date, datetime
from datetime import time as time_of_day
from itertools import cycle
from zoneinfo import ZoneInfo

import businesstimedelta  # type: ignore[import-untyped]  # it has no types
import pytz  # type: ignore[import-untyped]  # its stubs are a package of their own

from benchmarks.business_time import CLOSES, HOLIDAYS, OPENS, ZONE, starts

HOURS = 40


def results(what: str) -> dict[str, float]:
    """Where 40 hours lead from some instants."""
    rules = _rules()
    span = businesstimedelta.BusinessTimeDelta(rules, hours=HOURS)
    return {each.isoformat(): _local(each, span) for each in starts()[::20]}


def _local(at: datetime, span: businesstimedelta.BusinessTimeDelta) -> float:
    there: datetime = at.astimezone(ZoneInfo(ZONE)) + span
    return there.timestamp()


def run(seconds: float, what: str) -> dict[str, float]:
    """Adds for so long."""
    span = businesstimedelta.BusinessTimeDelta(_rules(), hours=HOURS)
    instants = cycle([each.astimezone(ZoneInfo(ZONE)) for each in starts()])
    used, since, done = time.process_time(), time.perf_counter(), 0
    while time.perf_counter() - since < seconds:
        next(instants) + span
        done += 1
    elapsed = time.perf_counter() - since
    return {"done": done, "elapsed": elapsed, "processor": time.process_time() - used}


def _rules() -> businesstimedelta.Rules:
    work = businesstimedelta.WorkDayRule(
        start_time=time_of_day(OPENS),
        end_time=time_of_day(CLOSES),
        working_days=[0, 1, 2, 3, 4],
        tz=pytz.timezone(ZONE),
    )
    off = businesstimedelta.HolidayRule(
        {date.fromisoformat(day): "holiday" for day in HOLIDAYS}, tz=pytz.timezone(ZONE)
    )
    return businesstimedelta.Rules([work, off])
