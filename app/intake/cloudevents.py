"""CloudEvents 1.0 over HTTP: which mode a request is in, and the event in its headers."""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from urllib.parse import unquote_to_bytes

from app.intake.envelope import Fault, InvalidEvent, NotJson, parse_json

PREFIX = "ce-"
SPECVERSION = "ce-specversion"

Headers = Iterable[tuple[bytes, bytes]]

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Mode(Enum):
    """How a request carries events."""

    STRUCTURED = "structured"
    BATCH = "batch"
    BINARY = "binary"
    PLAIN = "plain"
    """JSON that is an event or an array of them, with less asked of it."""


def mode_of(content_type: str, *, has_specversion: bool) -> Mode | None:
    """The mode of a request; None for a content type that is not taken."""
    media, _, parameters = content_type.partition(";")
    media = media.strip().lower()
    if not _is_utf8(parameters):
        return None
    if media.startswith("application/cloudevents"):
        modes = {
            "application/cloudevents-batch+json": Mode.BATCH,
            "application/cloudevents+json": Mode.STRUCTURED,
        }
        return modes.get(media)
    if has_specversion:
        return Mode.BINARY if not media or is_json(media) else None
    return Mode.PLAIN if media == "application/json" else None


def is_json(media: str) -> bool:
    """Whether a media type is JSON."""
    media = media.partition(";")[0].strip().lower()
    return media in ("application/json", "text/json") or media.endswith("+json")


def _is_utf8(parameters: str) -> bool:
    found = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", parameters, re.IGNORECASE)
    return found is None or found[1].lower() in ("utf-8", "utf8", "us-ascii")


def binary_event(headers: Headers, body: bytes) -> dict[str, object]:
    """The event of a request in binary mode: attributes are headers, the body is its data.

    InvalidEvent names headers that cannot be read; NotJson is of the body.
    """
    event: dict[str, object] = {}
    for raw_name, raw_value in headers:
        name = raw_name.decode("latin-1").lower()
        if not name.startswith(PREFIX):
            continue
        attribute = name.removeprefix(PREFIX)
        if attribute in event:
            raise InvalidEvent(Fault(f"/{attribute}", f"the header {name} stands there twice"))
        if attribute in ("datacontenttype", "data", "data_base64"):
            raise InvalidEvent(
                Fault(f"/{attribute}", f"{name} means nothing: Content-Type and the body say it")
            )
        event[attribute] = _value_of(attribute, raw_value)
    if body:
        event["data"] = parse_json(body)
    return event


def _value_of(attribute: str, raw: bytes) -> str:
    """A header's value, unquoted and percent-decoded, once."""
    try:
        text = raw.decode("ascii").strip()
        if quoted := _QUOTED.fullmatch(text):
            text = _ESCAPED.sub(r"\1", quoted[1])
        if _BAD_PERCENT.search(text):
            raise InvalidEvent(Fault(f"/{attribute}", "a % that is followed by no two digits"))
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        detail = "not UTF-8; what is not printable ASCII is percent-encoded in a header"
        raise InvalidEvent(Fault(f"/{attribute}", detail)) from None


def unpacked(document: object) -> object:
    """A structured event whose data may stand in it as base64; InvalidEvent says what is wrong."""
    if not isinstance(document, dict):
        return document
    event: Mapping[str, object] = document
    content_type = event.get("datacontenttype")
    if content_type is not None and not (isinstance(content_type, str) and is_json(content_type)):
        raise InvalidEvent(Fault("/datacontenttype", "the data of a fact is application/json"))
    packed = event.get("data_base64")
    if packed is None:
        return event
    if event.get("data") is not None:
        raise InvalidEvent(Fault("/data_base64", "data and data_base64 exclude each other"))
    try:
        if not isinstance(packed, str):
            raise TypeError
        return {**event, "data": parse_json(base64.b64decode(packed, validate=True))}
    except (TypeError, ValueError, binascii.Error):
        raise InvalidEvent(Fault("/data_base64", "base64 was expected")) from None
    except NotJson as error:
        raise InvalidEvent(Fault("/data_base64", f"not JSON: {error}")) from None
