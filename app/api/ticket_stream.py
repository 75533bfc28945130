"""``/v1/tickets/{id}/events`` and ``/timeline``: how a ticket came to stand where it does."""

from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.routing import Match
from starlette.types import Scope

from app.api import answers, examples
from app.api.access import Asker, Scoped, needs
from app.api.asking import AsOf, KnownAt, Question, TicketId, no_ticket
from app.api.context import service_of
from app.api.pages import Cursor, Position, cut, page, read_cursor
from app.api.time_travel import ticket_at
from app.projections.cloud_event import cloud_event
from app.projections.tickets import policy_of
from app.projections.timeline import timeline
from app.store.event_log import read_stream


class BelowTicket(Scoped):
    """What is told of a ticket below its path, by a last part that is one.

    In ``/v1/tickets/T-1%2Fevents`` it is none: that asks for the ticket ``T-1/events``.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a request is for this, by its path as it was sent."""
        last = unquote(scope["raw_path"].decode("ascii").rpartition("/")[2])
        if last != self.path.rpartition("/")[2]:
            return Match.NONE, {}
        return super().matches(scope)


router = APIRouter(tags=["tickets"], route_class=BelowTicket)


class StreamCursor(Cursor, frozen=True):
    """The last event of a page."""

    version: Position


@router.get(
    "/v1/tickets/{ticket_id:path}/events",
    summary="Read a ticket's stream",
    responses=answers.documented(
        examples.listed(examples.EVENT, next_cursor="WzFd"), "A page of its events.", 404, 422, 503
    ),
    openapi_extra=needs("read"),
)
async def list_events(
    request: Request, caller: Asker, ticket_id: TicketId, question: Annotated[Question, Query()]
) -> Response:
    """Its facts and SLA events in the order of the log, each a CloudEvent with its place in it.

    A fact's `data` is as it was sent; its `time` is its recording where none was sent.
    """
    after, limit = 0, question.limit
    if question.cursor is not None:
        after = read_cursor(question.cursor, StreamCursor).version
    async with service_of(request).database.connection() as connection:
        found = await read_stream(connection, ticket_id, after=after, limit=limit + 1)
        if not found and not await read_stream(connection, ticket_id, limit=1):
            raise no_ticket(ticket_id)
        if caller.policies is not None and not caller.sees(await policy_of(connection, ticket_id)):
            raise no_ticket(ticket_id)
    rows, last = cut(found, limit)
    next_cursor = None if last is None else StreamCursor(last["version"])
    return answers.json(page([cloud_event(row) for row in rows], next_cursor))


@router.get(
    "/v1/tickets/{ticket_id:path}/timeline",
    summary="See a ticket's marks in time order",
    responses={
        **answers.documented(
            examples.listed(*examples.TIMELINE), "Its marks, passed and to come.", 404, 422, 503
        ),
        304: {"description": "It is as `If-None-Match` has it."},
    },
    openapi_extra=needs("read"),
)
async def get_timeline(
    request: Request,
    caller: Asker,
    ticket_id: TicketId,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Marks, notices and meetings `reached`, those `retracted` since, and marks `to_come`.

    What is to come is what comes if nothing else happens: nothing of a paused clock, whose
    deadlines are unknown, and of a repeating clock its current cycle.
    """
    found = await ticket_at(service_of(request), caller, ticket_id, as_of, known_at)
    marks = timeline(found)
    another_time = as_of is not None or known_at is not None
    etag = answers.etag_of(
        found.judge.ticket.version, found.unrecorded, marks if another_time else None
    )
    if answers.is_known(etag, if_none_match):
        return answers.unchanged(etag)
    return answers.json(page(marks), headers={"ETag": etag})
