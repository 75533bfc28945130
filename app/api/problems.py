"""Errors as RFC 9457 ``application/problem+json``: what is wrong, and where."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.projections.unjudged import CannotBeJudged
from app.recording.group_commit import Overloaded
from app.store.database import DatabaseUnavailable, TooSlow
from app.store.sealed import NoKey

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "1"
"""Seconds after which to try again while the service or its database is busy or away."""

SET_APART_FOR = "60"
"""Seconds after which what cannot be judged is tried again."""

SCHEMA: dict[str, Any] = {
    "description": "What went wrong, by RFC 9457.",
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}


class Problem(Exception):  # RFC 9457's own word for it
    """A request that is answered with a problem."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[tuple[str, str]] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers


def body_of(
    status: int, detail: str, errors: Sequence[tuple[str, str]] = (), instance: str | None = None
) -> dict[str, object]:
    """A problem's members."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if instance is not None:
        body["instance"] = instance
    if errors:
        body["errors"] = [{"pointer": pointer, "detail": text} for pointer, text in errors]
    return body


def answer(request: Request, problem: Problem) -> Response:
    """The answer to a request that failed so."""
    body = body_of(problem.status, problem.detail, problem.errors, request.url.path)
    headers = {**getattr(request.state, "told", {}), **(problem.headers or {})}
    return Response(msgspec.json.encode(body), problem.status, headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Makes every error of the application a problem."""
    for kind in _PROBLEMS:
        app.exception_handler(kind)(answer_to)


async def answer_to(request: Request, error: Exception) -> Response:
    """The answer to a request that failed by this error, whatever it is."""
    for kind, problem_of in _PROBLEMS.items():
        if isinstance(error, kind):
            return answer(request, problem_of(request, error))
    raise AssertionError("Exception is among them") from error


def _of_http(request: Request, error: HTTPException) -> Problem:
    headers = dict(error.headers) if error.headers else {}
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = _allowed(request)
    return Problem(error.status_code, str(error.detail), headers=headers)


def _unavailable(_: Request, error: Exception) -> Problem:
    return Problem(503, str(error), headers={"Retry-After": RETRY_AFTER})


def _unexpected(request: Request, error: Exception) -> Problem:
    logger.error("%s %s failed", request.method, _path(request), exc_info=error)
    return Problem(500, "something went wrong here; the log says what")


def _of_unjudged(request: Request, error: CannotBeJudged) -> Problem:
    """To one for whom tickets of its policy do not exist, the ticket does not."""
    caller = request.state.caller
    if caller is not None and not caller.sees(error.policy_id):
        return Problem(404, f"there is no ticket {error.ticket_id!r}")
    return Problem(503, str(error), headers={"Retry-After": SET_APART_FOR})


def _path(request: Request) -> str:
    """The path as the log may have it: a token in it is as good as a key."""
    path = request.url.path
    return f"{path.rpartition('/')[0]}/…" if "token" in request.path_params else path


def _allowed(request: Request) -> str:
    """The methods of a resource, which are on routes of their own: Starlette would name one."""
    return ", ".join(
        method
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    )


def _of_validation(_: Request, error: RequestValidationError) -> Problem:
    """Wrong parameters are 422; a body that is no JSON is 400."""
    errors = []
    status = 422
    for each in error.errors():
        location = [str(part) for part in each["loc"]]
        if each["type"] == "json_invalid":
            status, location = 400, location[:1]
        pointer = location[1] if len(location) > 1 else ""
        if location[0] == "body":
            missing = each["type"] == "missing"
            pointer = _pointer(_in(error.body, each["loc"][1:], missing=missing))
        errors.append((pointer, each["msg"]))
    return Problem(status, "; ".join(f"{where}: {what}" for where, what in errors), errors)


def _in(body: object, location: Sequence[str | int], *, missing: bool) -> Iterator[str]:
    """The parts of a location that are members of the body; the last may be missing.

    Where several kinds of value are taken, pydantic also names the one that it tried.
    """
    for place, part in enumerate(location, 1):
        if isinstance(body, dict) and (part in body or (missing and place == len(location))):
            body = body.get(part)
        elif isinstance(body, list) and isinstance(part, int) and part < len(body):
            body = body[part]
        else:
            continue
        yield str(part)


def _pointer(parts: Iterable[str]) -> str:
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in parts)


_PROBLEMS: dict[type[Exception], Callable[[Request, Any], Problem]] = {
    Problem: lambda _, problem: problem,
    HTTPException: _of_http,
    RequestValidationError: _of_validation,
    NoKey: lambda _, error: Problem(503, str(error)),
    DatabaseUnavailable: _unavailable,
    Overloaded: _unavailable,
    TooSlow: _unavailable,
    CannotBeJudged: _of_unjudged,
    Exception: _unexpected,
}
"""What an error is answered with; the first that it is one of."""


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems a route may answer with, for its OpenAPI description."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }
