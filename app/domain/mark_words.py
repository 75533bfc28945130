"""The rule behind a mark, in words: "48h after the start", "30m before it is due"."""

from datetime import timedelta

from app.domain.marks import NOTICE, Mark
from app.domain.span import Span

_UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("m", timedelta(minutes=1)))


def rule_of(mark: Mark, due: Span | None = None) -> str:
    """Where the mark stands on its clock; ``due`` is what is due instead of the file's own (15)."""
    if mark.kind == NOTICE:
        return "when a rung is due that still awaits facts"
    said = _place(mark, due if due is not None and mark.of_due else mark.after)
    if mark.extra:
        said += f", and {_length(mark.extra)} more"
    if mark.awaits is not None:
        awaits = mark.awaits
        then = "" if _is_none(awaits.then) else f", then {awaits.then.text} after the last"
        said += f"; awaits {awaits.times} {awaits.pattern.type}{then}"
    return said


def after_start(span: Span) -> str:
    """So long after the start of a cycle (6, 7)."""
    if span.unit == "bd":
        return f"the same time {_count(span.days, 'business day')} after the start"
    if span.unit == "eobd":
        return f"the end of the {_ordinal(span.days)} business day after the start"
    return "at the start" if _is_none(span) else f"{span.text} after the start"


def _place(mark: Mark, span: Span) -> str:
    if mark.before:
        return f"{_length(mark.before)} before it is due"
    if mark.past is not None:
        return "when it is due" if _is_none(mark.past) else f"{mark.past.text} past due"
    return after_start(span)


def _is_none(span: Span) -> bool:
    return span.unit == "elapsed" and not span.elapsed


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _ordinal(number: int) -> str:
    teens = 10 <= number % 100 <= 20
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _length(length: timedelta) -> str:
    """As a policy writes it: 1d12h, 45m."""
    said = ""
    for unit, one in _UNITS:
        number, length = divmod(length, one)
        said += f"{number}{unit}" if number else ""
    rest = length // timedelta(seconds=1)
    return said + f"{rest}s" if rest or not said else said
