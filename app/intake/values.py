"""What a mapping's value gives for a webhook: asked, looked up, read as what it has to be."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.domain.errors import EscalatorError
from app.intake.expressions import Delivery, Expression, Unanswered
from app.intake.mapping import OTHERS, Reading, Value

LARGEST_NUMBER = 2**63

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?:([Zz])|([+-]\d\d):?(\d\d))", re.ASCII
)
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,18})?", re.ASCII)


class WebhookRefused(EscalatorError):
    """A document that cannot be taken for what its mapping says; names the place in the file."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place}: {why}")
        self.place = place
        self.why = why


def value_of(value: Value, delivery: Delivery) -> object:
    """What the value is for this webhook; None if nothing is said. WebhookRefused for a bad one."""
    if value.expression is None:
        return value.constant
    found = ask(value.expression, delivery, value.place)
    if found is None or found == "":
        return value.default
    if value.entries is not None:
        found = _look_up(value, found)
    if found is None:
        return None
    if value.reading is not None:
        try:
            found = _READERS[value.reading](found)
        except (ValueError, ArithmeticError):
            meant = _MEANT[value.reading]
            raise WebhookRefused(
                value.place, f"{meant} was expected, found {short(found)}"
            ) from None
    return f"{value.prefix}{found}" if value.prefix else found


def ask(expression: Expression, delivery: Delivery, place: str) -> object:
    """What an expression gives; WebhookRefused with the place if it cannot be asked."""
    try:
        return expression.ask(delivery)
    except Unanswered as error:
        raise WebhookRefused(place, str(error)) from None


def short(value: object) -> str:
    """A value as a refusal shows it."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _look_up(value: Value, found: object) -> object:
    entries = value.entries or {}
    try:
        word = _text(found).casefold()
    except ValueError:
        raise WebhookRefused(value.place, f"{short(found)} is in no map") from None
    if word in entries:
        return entries[word]
    if OTHERS in entries:
        return entries[OTHERS]
    known = ", ".join(list(entries)[:20])
    raise WebhookRefused(value.place, f"{short(found)} is not in its map: {known}")


def _text(value: object) -> str:
    """A text; a number counts as its digits, a flag as its word."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < LARGEST_NUMBER:
        return str(int(value))
    if isinstance(value, int | float) and abs(value) < LARGEST_NUMBER:
        return str(value)
    raise ValueError


def _number(value: object) -> int | float:
    """A number; a text counts if it is one."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value) if "." in value else int(value)
    if (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) < LARGEST_NUMBER
    ):
        return value
    raise ValueError


_FLAGS = {"true": True, "false": False, "1": True, "0": False}


def _flag(value: object) -> bool:
    """True or false; also as a word, and as 1 or 0."""
    word = _text(value).casefold()
    if word not in _FLAGS:
        raise ValueError
    return _FLAGS[word]


def _time(value: object) -> str:
    """An instant with its offset, as RFC 3339 has it; a colon missing in the offset is mended."""
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError
    local, utc, hours, minutes = match.groups()
    return f"{local.upper().replace(' ', 'T')}{'Z' if utc else f'{hours}:{minutes}'}"


MOST_DIGITS = 15
"""Of an instant since 1970, in whatever unit: more would lie beyond the year 9999."""


def _since_epoch(unit: timedelta) -> Callable[[object], str]:
    def read(value: object) -> str:
        count = Decimal(_text(value))
        if not count.is_finite() or count.adjusted() > MOST_DIGITS:
            raise ValueError
        microseconds = int(count * (unit // timedelta(microseconds=1)))
        return (_EPOCH + timedelta(microseconds=microseconds)).isoformat()

    return read


_READERS: dict[Reading, Callable[[object], object]] = {
    "text": _text,
    "number": _number,
    "flag": _flag,
    "time": _time,
    "epoch": _since_epoch(timedelta(seconds=1)),
    "epoch_ms": _since_epoch(timedelta(milliseconds=1)),
}

_MEANT: dict[Reading, str] = {
    "text": "a text",
    "number": "a number",
    "flag": "true or false",
    "time": "an RFC 3339 instant",
    "epoch": "seconds since 1970",
    "epoch_ms": "milliseconds since 1970",
}
READINGS = tuple(_READERS)
