"""``GET /v1/stream``: the log as Server-Sent Events, as it grows."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.api import problems
from app.api.access import Asker, Scoped, admit, needs
from app.api.context import Service, service_of
from app.api.event_log import Choice, read_place
from app.api.problems import Problem
from app.clock import monotonic
from app.projections.feed import LogEvent, end_of_log
from app.projections.following import Follower, TooManyFollowers
from app.store.database import DatabaseUnavailable

router = APIRouter(tags=["events"], route_class=Scoped)

PATH = "/v1/stream"
ENDLESS = frozenset({PATH})
"""Paths whose answers do not end by themselves."""

MEDIA_TYPE = "text/event-stream"
SCOPE = "read"

HEARTBEAT_SECONDS = 15.0
"""How long a stream is silent at most; and how often it is asked whether its key is valid."""

RETRY_MILLISECONDS = 2000
"""After which a client that was cut off comes again."""

RETRY_AFTER = "10"
"""Seconds after which somebody may find room who found none."""

HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would keep events back until a buffer is full
}
"""A proxy must hand on each event when it comes."""

EXAMPLE = (
    b"retry: %d\nid: 4710\n\n" % RETRY_MILLISECONDS
    + LogEvent(4711, "ticket.opened", "T-1", "acme", b'{"specversion":"1.0",...}').message
).decode()

Admitted = Callable[[], Awaitable[bool]]


class EventStream(StreamingResponse):
    """An answer that goes on until its reader leaves, or is sent away."""

    def __init__(self, follower: Follower, admitted: Admitted) -> None:
        super().__init__(_said(follower, admitted), headers=HEADERS, media_type=MEDIA_TYPE)
        self._follower = follower

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers; however that ends, nobody follows then."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._follower.leave()


async def _said(follower: Follower, admitted: Admitted) -> AsyncIterator[bytes]:
    """What a follower is told: first where they stand, so that they can resume without an event."""
    told, spoken = follower.position, monotonic()
    checked = spoken
    yield b"retry: %d\nid: %d\n\n" % (RETRY_MILLISECONDS, told)
    while not follower.sent_away:
        if monotonic() - checked >= HEARTBEAT_SECONDS:
            if not await admitted():
                return
            checked = monotonic()
        events = await follower.take()
        silent = monotonic() - spoken
        if events:
            yield b"".join([event.message for event in events])
        elif silent >= HEARTBEAT_SECONDS:
            yield _heartbeat(follower.position, told)
        else:
            await follower.wait(HEARTBEAT_SECONDS - silent)
            continue
        told, spoken = follower.position, monotonic()


def _heartbeat(position: int, told: int) -> bytes:
    """A comment, and where the log was read to if that is further than was told."""
    return b":\n\n" if position == told else b":\nid: %d\n\n" % position


@router.get(
    PATH,
    summary="Follow the log",
    response_class=Response,
    responses={
        200: {
            "description": "Server-Sent Events: the log, as it grows.",
            "content": {MEDIA_TYPE: {"example": EXAMPLE}},
        },
        **problems.responses(422, 503),
    },
    openapi_extra=needs(SCOPE),
)
async def follow_log(
    request: Request,
    caller: Asker,
    choice: Annotated[Choice, Query()],
    last_event_id: Annotated[
        str | None, Header(description="The last `id` that was received; wins over `after`.")
    ] = None,
) -> Response:
    """The log as `GET /v1/events` gives it, each event as soon as no other can come before it.

    Without `after` and `Last-Event-ID`, from now on. `id` is the position, `event` the type, `data`
    the CloudEvent. Every 15 seconds without an event comes a comment, with the `id` up to which the
    filters left everything out.

    Who does not read is cut off after 30 seconds, and resumes where they were. The answer ends when
    the service stops or the key is revoked.
    """
    service = service_of(request)
    after = choice.after if not last_event_id else _resumed(last_event_id)
    if after is None:
        after = await _end(service)
    try:
        follower = service.feed.follow(after, choice.filters(caller))
    except TooManyFollowers as error:
        raise Problem(503, str(error), headers={"Retry-After": RETRY_AFTER}) from None
    return EventStream(follower, lambda: _still_admitted(request))


def _resumed(last_event_id: str) -> int:
    place = read_place(last_event_id)
    if place is None:
        detail = "is not one that this stream has sent"
        raise Problem(422, f"last-event-id: {detail}", [("last-event-id", detail)])
    return place


async def _end(service: Service) -> int:
    async with service.database.connection() as connection:
        return await end_of_log(connection)


async def _still_admitted(request: Request) -> bool:
    """Whether who asked might ask again. While that cannot be known, nothing can be read either."""
    try:
        await admit(request, SCOPE)
    except Problem:
        return False
    except DatabaseUnavailable:
        return True
    return True
