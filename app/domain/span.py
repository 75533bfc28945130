"""How long after a start: hours, business days, closes of business days."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from app.domain.calendar import Calendar
from app.domain.errors import PolicyError

_ELAPSED = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)
_BUSINESS_DAYS = re.compile(r"(\d{1,4})bd", re.ASCII)
_END_OF_BUSINESS_DAY = re.compile(r"eobd\+(\d{1,4})", re.ASCII)

LONGEST = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Span:
    """How long after a start: open time (``4h``, ``1d12h``), ``2bd`` or ``eobd+1`` (6, 7)."""

    text: str
    unit: Literal["elapsed", "bd", "eobd"]
    elapsed: timedelta = timedelta(0)
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> "Span":
        """Reads ``30m 4h 2d 1w 1d12h 2bd eobd+1``; PolicyError says what is wrong."""
        if found := _BUSINESS_DAYS.fullmatch(text):
            return cls(text, "bd", days=int(found[1]))
        if found := _END_OF_BUSINESS_DAY.fullmatch(text):
            return cls(text, "eobd", days=int(found[1]))
        found = _ELAPSED.fullmatch(text)
        if not text or not found or len(text) > 20:
            raise PolicyError(f"{text!r} is no span: write 30m, 4h, 2d, 1w, 1d12h, 2bd or eobd+1")
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        try:
            elapsed = timedelta(
                weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds
            )
        except OverflowError:
            elapsed = timedelta.max
        if elapsed > LONGEST:
            raise PolicyError(f"{text!r} is longer than ten years")
        return cls(text, "elapsed", elapsed)

    def after(self, calendar: Calendar, start: datetime) -> datetime:
        """The instant this long after ``start`` on ``calendar``."""
        if self.unit != "elapsed":
            return _business_day(calendar, self.unit, self.days, start)
        return start + self.elapsed if calendar.always else calendar.add(start, self.elapsed)


@lru_cache(maxsize=4096)
def _business_day(
    calendar: Calendar, unit: Literal["bd", "eobd"], days: int, start: datetime
) -> datetime:
    """Kept, because a cycle asks for its target several times, always from the same start."""
    if unit == "bd":
        return calendar.add_business_days(start, days)
    return calendar.end_of_business_day(start, days)
