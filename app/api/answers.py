"""Answers: JSON written once and cheaply, entity tags, and what OpenAPI says of them."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import msgspec
from fastapi import Response

from app.api import problems

MEDIA_TYPE = "application/json"


def json(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer; instants are written in RFC 3339 with ``Z``."""
    return Response(msgspec.json.encode(content), status, headers, MEDIA_TYPE)


def described(example: object, description: str) -> dict[str, Any]:
    """An answer as OpenAPI says it."""
    shown = msgspec.to_builtins(example)
    return {"description": description, "content": {MEDIA_TYPE: {"example": shown}}}


def documented(example: object, description: str, *problem_statuses: int) -> dict[Any, Any]:
    """What a route answers when all is well, and the problems it may answer with."""
    return {200: described(example, description), **problems.responses(*problem_statuses)}


def etag_of(version: int, marks_passed: int, lasting: object = None) -> str:
    """A weak tag: the seconds of running clocks go on, what is known of the ticket does not.

    ``lasting``: what the answer says besides, where version and marks do not tell answers apart.
    """
    if lasting is None:
        return f'W/"{version}.{marks_passed}"'
    digest = blake2b(msgspec.json.encode(lasting), digest_size=12).hexdigest()
    return f'W/"{version}.{marks_passed}.{digest}"'


def unless_known(content: object, if_none_match: str | None) -> Response:
    """An answer with a tag of all that it says; 304 if the asker has it."""
    body = msgspec.json.encode(content)
    etag = f'W/"{blake2b(body, digest_size=12).hexdigest()}"'
    if is_known(etag, if_none_match):
        return unchanged(etag)
    return Response(body, headers={"ETag": etag}, media_type=MEDIA_TYPE)


def unchanged(etag: str) -> Response:
    """304: the asker has it already."""
    return Response(status_code=304, headers={"ETag": etag})


def is_known(etag: str, if_none_match: str | None) -> bool:
    """Whether the asker has what the tag stands for; compared weakly (RFC 9110, 13.1.2)."""
    if if_none_match is None:
        return False
    opaque = etag.removeprefix("W/")
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return opaque in tags or tags == ["*"]
