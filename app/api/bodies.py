"""Reading request bodies: never more than may be, not for ever, and not too many at once."""

import asyncio

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import Message

from app.api.context import service_of
from app.api.problems import RETRY_AFTER, Problem
from app.api.room import NoRoom
from app.intake.envelope import LARGEST_EVENT, NotJson, parse_json

SECONDS = 30.0
"""How long a body may take to arrive."""

STATUSES = (400, 408, 413, 415, 422, 503)
"""How a request with a body may be refused for it."""


async def read_body(request: Request, largest: int) -> bytes:
    """The body. 413 as soon as it is too large; 408 when it takes too long; 503 without room."""
    coding = request.headers.get("content-encoding", "identity")
    if coding.strip().lower() not in ("identity", ""):
        raise Problem(
            415, f"the body is taken as it is, not {coding[:80]}", headers={"Accept-Encoding": ""}
        )
    if _claimed(request) > largest:
        raise Problem(413, _too_large(largest))  # the connection hears the sender out, for a while
    chunks = bytearray()
    room = service_of(request).room
    try:
        async with asyncio.timeout(SECONDS):
            async for chunk in request.stream():
                room.take(request, len(chunk))
                chunks += chunk
                if len(chunks) > largest:
                    raise Problem(413, _too_large(largest), headers=_CLOSE)
    except TimeoutError:
        raise Problem(
            408, f"the body did not arrive within {SECONDS:.0f} seconds", headers=_CLOSE
        ) from None
    except ClientDisconnect:
        raise Problem(400, "the request broke off within its body", headers=_CLOSE) from None
    except NoRoom as error:
        raise Problem(503, str(error), headers={**_CLOSE, "Retry-After": RETRY_AFTER}) from None
    return bytes(chunks)


def must_be_json(request: Request) -> None:
    """415 unless the request says that its body is JSON."""
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise Problem(415, f"application/json is taken here, not {content_type[:80] or 'nothing'}")


async def read_beforehand(request: Request) -> Request:
    """The request with its body read: FastAPI would read on and on, and take any JSON."""
    must_be_json(request)
    body = await read_body(request, LARGEST_BODY)
    try:
        if body:
            parse_json(body)
    except NotJson as error:
        raise Problem(400, f"the body is not JSON: {error}") from None

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(request.scope, receive)


LARGEST_BODY = 32 * LARGEST_EVENT
"""Of requests that are no events: 10,000 tickets' ids, each of 200 characters."""

_CLOSE = {"Connection": "close"}  # what is still to come is not read


def _claimed(request: Request) -> int:
    """How large the body is to be, where that is said; the parser sees to it that it is true."""
    claimed = request.headers.get("content-length", "")
    return int(claimed) if claimed.isascii() and claimed.isdigit() else 0


def _too_large(largest: int) -> str:
    return f"the body is larger than {largest} bytes"
