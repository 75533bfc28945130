"""A ticket's future as columns of its row, so that the database can add up that of many."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from app.domain.forecast import ahead
from app.domain.judge import Judge
from app.domain.onward import Cycling, Onward, Turning

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Columns(NamedTuple):
    """``ahead_at``, ``ahead``, ``onward_at``, ``onward``, ``judged_from``; arrays as text."""

    ahead_at: str
    ahead: str
    onward_at: str
    onward: str
    judged_from: datetime | None


NOTHING = Columns("{}", "{}", "{}", "{}", None)


def columns_ahead(judge: Judge) -> Columns:
    """What the ticket will still raise: instants in microseconds of 1970, marks by number."""
    marks, onward, judged_from = ahead(judge)
    if not marks:
        return NOTHING
    numbers = judge.policy.mark_numbers
    return Columns(
        _array([micros_of(at) for at, _, _ in marks]),
        _array([numbers[id(mark)] for _, _, mark in marks]),
        _array([micros_of(at) for at, _ in onward]),
        _array([_text(each) for _, each in onward]),
        judged_from,
    )


def _array(items: list[int] | list[str]) -> str:
    return f"{{{','.join(map(str, items))}}}"


def _text(onward: Onward) -> str:
    """Like ``2/0/90m`` (a clock, its misses in a row, what was agreed) or ``17/new//0``."""
    return "/".join("" if each is None else str(each) for each in onward)


def onward_of(text: str) -> Onward:
    """What ``_text`` has written."""
    first, second, agreed, *effects = text.split("/")
    if effects:
        return Turning(int(first), second, agreed or None, int(effects[0]))
    return Cycling(int(first), int(second), agreed or None)


def micros_of(at: datetime) -> int:
    """An instant as the arrays have it."""
    return (at - _EPOCH) // _MICROSECOND


def instant_of(micros: int) -> datetime:
    """The instant that an array has."""
    return _EPOCH + timedelta(microseconds=micros)
