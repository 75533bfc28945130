"""From JSON to facts: the CloudEvents envelope, and what is wrong with it, by JSON pointer."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import msgspec
from pydantic import ValidationError

from app.domain.errors import EscalatorError
from app.domain.events import SOURCE
from app.intake.fact_data import MODELS
from app.intake.json_members import repeated_member
from app.recording.new_fact import NewFact

LARGEST_EVENT = 64 * 1024
LARGEST_BATCH = 16 * 1024 * 1024
MOST_EVENTS = 10_000
LONGEST_NAME = 200

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class NotJson(EscalatorError):
    """The body is not JSON."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a member, and which: a JSON pointer within the event."""

    pointer: str
    detail: str


class InvalidEvent(EscalatorError):
    """An event that cannot be taken for what it says; each fault names its member."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults))
        self.faults = faults


def parse_json(body: bytes) -> object:
    """The JSON in a body; NotJson says why it is none."""
    try:
        body.decode()
        document = msgspec.json.decode(body)
        repeated = repeated_member(body, document)
    except UnicodeDecodeError as error:
        raise NotJson(f"not UTF-8 at byte {error.start}") from None
    except RecursionError:
        raise NotJson("nested too deeply") from None
    except msgspec.MsgspecError as error:
        raise NotJson(str(error)) from None
    if repeated is not None:
        raise NotJson(f"the member {_short(repeated)} stands twice in one object")
    return document


def read_event(document: object, default_source: str | None, *, backfill: bool = False) -> NewFact:
    """The fact an event states; InvalidEvent names every member that is wrong.

    Without a ``default_source`` it is a CloudEvent in full, and must name its source and version.
    """
    if not isinstance(document, dict):
        raise InvalidEvent(Fault("", "an event is a JSON object"))
    event = cast("dict[str, object]", document)
    faults: list[Fault] = []
    if event.get("specversion") not in ("1.0", "1.0" if default_source is None else None):
        faults.append(Fault("/specversion", 'CloudEvents "1.0" is spoken here'))
    ticket_id = _name(event, "subject", faults)
    event_id = _name(event, "id", faults)
    source = _name(event, "source", faults, default_source)
    if source == SOURCE:
        faults.append(Fault("/source", f"{SOURCE} is the source of this service's own events"))
    time = _time(event.get("time"), faults)
    type_ = event.get("type")
    data = event.get("data")
    if not isinstance(type_, str) or type_ not in MODELS:
        faults.append(Fault("/type", f"unknown type {_short(type_)}"))
    elif data is None:
        data = {}
    if data is not None and not isinstance(data, dict):
        faults.append(Fault("/data", "data is a JSON object"))
    elif isinstance(type_, str) and type_ in MODELS:
        faults.extend(_faults_of_data(type_, cast("dict[str, object]", data)))
    if faults:
        raise InvalidEvent(*faults)
    fields = cast("dict[str, object]", data)
    return NewFact(ticket_id, source, event_id, cast("str", type_), time, fields, backfill)


def _name(
    event: Mapping[str, object], member: str, faults: list[Fault], default: str | None = None
) -> str:
    value = event.get(member)
    if value is None and default is not None:
        return default
    if value is None:
        faults.append(Fault(f"/{member}", "is required"))
    elif not isinstance(value, str):
        faults.append(Fault(f"/{member}", f"a text was expected, found {_short(value)}"))
    elif not 1 <= len(value) <= LONGEST_NAME:
        faults.append(Fault(f"/{member}", f"1 to {LONGEST_NAME} characters, found {len(value)}"))
    elif not value.isprintable():
        faults.append(Fault(f"/{member}", "control characters are not taken"))
    else:
        return value
    return ""


def _time(value: object, faults: list[Fault]) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, str) and _TIME.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    faults.append(Fault("/time", f"an RFC 3339 instant was expected, found {_short(value)}"))
    return None


def _faults_of_data(type_: str, data: dict[str, object]) -> Iterator[Fault]:
    try:
        MODELS[type_].__pydantic_validator__.validate_python(data)
    except ValidationError as error:
        for each in error.errors(include_url=False, include_input=False, include_context=False):
            yield Fault(_pointer(each["loc"]), each["msg"])
    except RecursionError:
        yield Fault("/data", "nested too deeply")


def _pointer(location: tuple[int | str, ...]) -> str:
    parts = [str(part).replace("~", "~0").replace("/", "~1") for part in location]
    if len(parts) > 1 and parts[-1] in ("str", "int"):  # which member of a union was tried
        parts.pop()
    return "/".join(["/data", *parts])


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def find_nul(value: object, pointer: str = "") -> str | None:
    """The pointer to a text with a NUL character, which PostgreSQL cannot keep; None if none."""
    if isinstance(value, str):
        return pointer if "\0" in value else None
    children: Iterator[tuple[object, object]] = iter(())
    if isinstance(value, dict):
        if any("\0" in key for key in value):
            return pointer
        children = iter(value.items())
    elif isinstance(value, list):
        children = iter(enumerate(value))
    return next(
        (found for key, child in children if (found := find_nul(child, f"{pointer}/{key}"))), None
    )
