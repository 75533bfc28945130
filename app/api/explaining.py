"""``/v1/tickets/{id}/explain``: why a deadline is when it is."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from app.api import answers, examples
from app.api.access import Asker, needs
from app.api.asking import AsOf, KnownAt, Name, TicketId
from app.api.context import service_of
from app.api.problems import Problem
from app.api.ticket_stream import BelowTicket
from app.api.time_travel import ticket_at
from app.domain.witness import Witness
from app.projections.explanation import explanation, lasting

router = APIRouter(tags=["tickets"], route_class=BelowTicket)


@router.get(
    "/v1/tickets/{ticket_id:path}/explain",
    summary="Why a ticket's deadlines are when they are",
    responses={
        **answers.documented(
            examples.EXPLANATION, "Its clocks, each with the time behind it.", 404, 422, 503
        ),
        304: {"description": "It is as `If-None-Match` has it."},
    },
    openapi_extra=needs("read"),
)
async def explain_ticket(
    request: Request,
    caller: Asker,
    ticket_id: TicketId,
    clock: Annotated[Name | None, Query(description="A clock's id; all clocks without.")] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The time that counted, stood still or was closed, with the fact or calendar rule behind it.

    Segments follow one another from the start to the deadline, or to `as_of` where that is later or
    there is no deadline. What counts of them up to `due_at` is the goal (`goal_seconds`); of those
    `elapsed`, what the clock shows. Of a clock with more than 2,000, those of a day or month come
    `merged`.
    """
    found = await ticket_at(service_of(request), caller, ticket_id, as_of, known_at, Witness)
    explained = await explanation(found, clock)
    if explained is None:
        raise _no_clock(clock, [each.id for each in found.judge.policy.clocks])
    etag = answers.etag_of(found.judge.ticket.version, found.unrecorded, lasting(explained))
    if answers.is_known(etag, if_none_match):
        return answers.unchanged(etag)
    return answers.json(explained, headers={"ETag": etag})


def _no_clock(name: str | None, known: list[str]) -> Problem:
    detail = f"the ticket's policy has no clock {name!r}: one of {', '.join(known)}"
    return Problem(422, f"clock: {detail}", [("clock", detail)])
