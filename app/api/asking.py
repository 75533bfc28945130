"""What a request may name: instants, ids, limits; and which instant an answer is about."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

from fastapi import Path, Query, Request
from fastapi.params import Query as QueryParameter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.api.problems import Problem
from app.domain.ticket import STATUSES
from app.store.database import Connection

LONGEST_NAME = 200
NO_NUL = r"^[^\x00]*$"
"""PostgreSQL keeps no NUL, so nothing that has one can be found."""

MOST_NAMES = 100
"""So many values of one filter are looked for."""

FURTHEST = timedelta(days=365)
"""How far ahead a state can be asked for (33)."""

_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[-+ ]\d\d:\d\d)", re.ASCII
)


def _read_instant(value: object) -> datetime:
    """A "+" that was not escaped arrives as a space, and is taken for what was meant."""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper().replace(" ", "+")).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise PydanticCustomError(
        "instant",
        "an RFC 3339 instant with its offset was expected, such as 2026-11-21T10:00:00Z",
    )


Instant = Annotated[
    datetime,
    PlainValidator(_read_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Name = Annotated[str, Field(max_length=LONGEST_NAME, pattern=NO_NUL)]


def _read_names(names: list[str]) -> list[str]:
    """Checked as a whole, so that the complaint names the parameter and not its n-th value."""
    if len(names) > MOST_NAMES:
        raise PydanticCustomError("names", f"at most {MOST_NAMES} values")
    if any("\0" in name or len(name) > LONGEST_NAME for name in names):
        raise PydanticCustomError("name", f"at most {LONGEST_NAME} characters, none of them NUL")
    return names


def _read_statuses(names: list[str]) -> list[str]:
    if not set(names) <= set(STATUSES) or len(names) > MOST_NAMES:
        raise PydanticCustomError("status", f"one of {', '.join(STATUSES)} was expected")
    return names


def _list_of(item: dict[str, object]) -> WithJsonSchema:
    items = {"type": "string", **item}
    return WithJsonSchema({"type": "array", "maxItems": MOST_NAMES, "items": items})


Names = Annotated[list[str], AfterValidator(_read_names), _list_of({"maxLength": LONGEST_NAME})]
Statuses = Annotated[list[str], AfterValidator(_read_statuses), _list_of({"enum": [*STATUSES]})]
Tier = Annotated[int, Field(ge=0, le=1000)]
TicketId = Annotated[
    str, Path(max_length=LONGEST_NAME, pattern=NO_NUL, description="The ticket's id.")
]
AsOf = Annotated[Instant | None, Query(description="The instant the answer is about.")]
KnownAt = Annotated[
    Instant | None,
    Query(description="Only what had been recorded by then counts; alone, `as_of` is it too."),
]


class Question(BaseModel):
    """A list's query parameters; one that is not known is refused, for it would be missed."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=500, description="How many at most.")] = 50
    cursor: Annotated[
        str | None,
        Field(max_length=2000, description="`next_cursor` of the page before; opaque."),
    ] = None


def said_once(endpoint: Callable[..., Any]) -> frozenset[str]:
    """The query parameters of a route that have one value."""
    asked = {
        name: get_args(hint)[0]
        for name, hint in get_type_hints(endpoint, include_extras=True).items()
        if any(isinstance(each, QueryParameter) for each in getattr(hint, "__metadata__", ()))
    }
    return frozenset(name for given in asked.items() for name in _single(*given))


def _single(name: str, kind: object) -> Iterator[str]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for member, field in kind.model_fields.items():
            yield from _single(field.alias or member, field.annotation)
    elif get_origin(kind) is not list:
        yield name


def refuse_repeated(request: Request, once: Collection[str]) -> None:
    """422 where a parameter that has one value is given several: which of them is meant?"""
    given = Counter(name for name, _ in request.query_params.multi_items())
    twice = [(name, "one value was expected") for name in given if given[name] > 1 and name in once]
    if twice:
        raise Problem(422, "; ".join(f"{name}: {what}" for name, what in twice), twice)


class Moment(NamedTuple):
    """Which instant an answer is about, and by what the log had when (33)."""

    at: datetime
    known_at: datetime | None


async def moment_of(
    connection: Connection, as_of: datetime | None, known_at: datetime | None
) -> Moment:
    """``as_of``, else ``known_at``, else now; 422 if that is more than a year ahead."""
    now: datetime = await connection.fetchval("SELECT clock_timestamp()")
    name, at = ("known_at", known_at) if as_of is None else ("as_of", as_of)
    if at is not None and at > now + FURTHEST:
        detail = f"at most a year ahead can be told, up to {now + FURTHEST:%Y-%m-%dT%H:%M:%SZ}"
        raise Problem(422, f"{name}: {detail}", [(name, detail)])
    return Moment(at or now, known_at)


def no_ticket(ticket_id: str, at: datetime | None = None) -> Problem:
    """404: there is no such ticket, or there was none then."""
    then = "" if at is None else f" that was open by {at:%Y-%m-%dT%H:%M:%SZ}"
    return Problem(404, f"there is no ticket {ticket_id!r}{then}")
