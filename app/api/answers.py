"""Answers: JSON written once and cheaply, entity tags, and what OpenAPI says of them."""

from collections.abc import Mapping
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


def etag_of(version: int, marks_passed: int) -> str:
    """A weak tag: the seconds of running clocks go on, what is known of the ticket does not."""
    return f'W/"{version}.{marks_passed}"'


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
