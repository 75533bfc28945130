"""Ids, instants and lengths of time in the words of whoever reads them."""

from datetime import datetime, timedelta

MINUTE, HOUR, DAY = 60, 3600, 86400

_UNITS = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"))


def words(identifier: str) -> str:
    """``first_response`` is first response."""
    return " ".join(identifier.replace("_", " ").replace("-", " ").split()) or identifier


def sentence(text: str) -> str:
    """With a capital at its beginning."""
    return text[:1].upper() + text[1:]


def duration(seconds: float) -> str:
    """The two largest units: 12 minutes, 1 hour 5 minutes, 3 days 4 hours."""
    left = round(abs(seconds))
    if left < MINUTE:
        return "less than a minute"
    for place, (unit, name) in enumerate(_UNITS):
        if left >= unit:
            rest = left % unit
            smaller = _UNITS[place + 1 : place + 2]
            parts = [_counted(left // unit, name)]
            parts += [_counted(rest // each, word) for each, word in smaller if rest >= each]
            return " ".join(parts)
    raise AssertionError(seconds)


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def instant(at: datetime, now: datetime) -> str:
    """An instant in UTC, the date only if it is not today's: 14:05 UTC, 21 Nov 14:05 UTC."""
    if at.date() == now.date():
        return f"{at:%H:%M} UTC"
    year = "" if at.year == now.year else f" {at.year}"
    return f"{at.day} {at:%b}{year} {at:%H:%M} UTC"


def relative(at: datetime, now: datetime) -> str:
    """How far it lies from now: in 3 hours, 12 minutes ago."""
    apart: timedelta = at - now
    said = duration(apart.total_seconds())
    return f"in {said}" if apart > timedelta(0) else f"{said} ago"
