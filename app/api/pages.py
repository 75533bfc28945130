"""Pages of a list: a cursor says where the one before ended, never how many came before it."""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar

import msgspec

from app.api.problems import Problem

Item = TypeVar("Item")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Position = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Micros = Annotated[int, msgspec.Meta(ge=-62_135_596_800_000_000, le=253_402_300_799_999_999)]
"""An instant between the years 1 and 9999, in microseconds since 1970."""

Id = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00]*$")]


class Cursor(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """Where a page ended. Each list says by its fields what its places are made of."""

    def __str__(self) -> str:
        """As clients see it: opaque."""
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")


C = TypeVar("C", bound=Cursor)


def read_cursor(text: str, shape: type[C]) -> C:
    """The place that a client's cursor says; 422 if it says none."""
    try:
        padded = text + "=" * (-len(text) % 4)
        place = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
        return msgspec.json.decode(place, type=shape)
    except (UnicodeError, binascii.Error, msgspec.MsgspecError):
        raise wrong_cursor("is not one that this list has answered") from None


def wrong_cursor(detail: str) -> Problem:
    """422: what is wrong with a cursor."""
    return Problem(422, f"cursor: {detail}", [("cursor", detail)])


def micros_of(at: datetime) -> int:
    """An instant as it stands in a cursor."""
    return (at - _EPOCH) // _MICROSECOND


def instant_of(micros: int) -> datetime:
    """The instant in a cursor."""
    return _EPOCH + timedelta(microseconds=micros)


def page(items: Sequence[object], next_cursor: Cursor | None = None) -> dict[str, object]:
    """A list's answer; ``next_cursor`` is None on its last page."""
    return {"items": items, "next_cursor": None if next_cursor is None else str(next_cursor)}


def cut(found: Sequence[Item], limit: int) -> tuple[Sequence[Item], Item | None]:
    """A page of what was found by asking for one more, and its last item if there are more."""
    return (found, None) if len(found) <= limit else (found[:limit], found[limit - 1])
