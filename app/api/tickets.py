"""``GET /v1/tickets`` and ``/v1/tickets/{id}``: where tickets stand."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import Field

from app.api import answers, examples
from app.api.access import Asker, Scoped, needs
from app.api.asking import (
    AsOf,
    Instant,
    KnownAt,
    Name,
    Names,
    Question,
    Statuses,
    TicketId,
    Tier,
    no_ticket,
)
from app.api.context import service_of
from app.api.pages import (
    Cursor,
    Id,
    Micros,
    cut,
    instant_of,
    micros_of,
    page,
    read_cursor,
    wrong_cursor,
)
from app.api.time_travel import ticket_at
from app.projections import ticket_list, ticket_now, ticket_view
from app.projections.ticket_filters import TicketFilters
from app.projections.ticket_history import TicketAt
from app.projections.ticket_list import Place, Sort
from app.store.database import Row

router = APIRouter(tags=["tickets"], route_class=Scoped)

ORDERS = {"sort", "limit", "cursor"}


class TicketCursor(Cursor, frozen=True):
    """The last ticket of a page, and in which order."""

    sort: Sort
    at: Micros | None
    ticket_id: Id

    @classmethod
    def after(cls, row: Row, sort: Sort) -> "TicketCursor":
        """Where a page ends that ends with this row."""
        at, ticket_id = ticket_list.place_of(row, sort)
        return cls(sort, None if at is None else micros_of(at), ticket_id)


class TicketQuestion(Question):
    """Which tickets, in which order. One given several times matches any of its values."""

    policy: Names = Field([], description="The policy's id.")
    severity: Names = Field([], description="The severity's id in its policy.")
    plan: Names = Field([], description="The plan.")
    status: Statuses = Field([], description="The status.")
    line: Names = Field([], description="The line of support that the ticket is on.")
    clock: Name | None = Field(
        None,
        description="A clock's id. Alone: tickets where it runs or stands paused. With `breached` "
        "or `paused`: tickets where this clock is so.",
    )
    breached: bool | None = Field(
        None, description="Whether the current cycle of any clock, or of `clock`, is breached."
    )
    paused: bool | None = Field(None, description="Whether any clock, or `clock`, stands paused.")
    tier: Tier | None = Field(
        None, description="The highest tier told in the clocks' current cycles is at least this."
    )
    due_before: Instant | None = Field(None, description="The next mark comes before this instant.")
    opened_after: Instant | None = Field(None, description="Opened at this instant or later.")
    opened_before: Instant | None = Field(None, description="Opened before this instant.")
    q: Name | None = Field(
        None,
        description="Words of the ticket's id, title or customer, all of them, whatever the case; "
        "of each its beginning is enough.",
    )
    sort: Sort = Field(
        "next_due",
        description="`next_due`: by the next mark, those without one last. `opened`: oldest first. "
        "`-opened`: newest first.",
    )

    def filters(self) -> TicketFilters:
        """What the tickets must be."""
        return TicketFilters(**self.model_dump(exclude=ORDERS))

    def after(self) -> Place | None:
        """Where the page before ended."""
        if self.cursor is None:
            return None
        cursor = read_cursor(self.cursor, TicketCursor)
        if cursor.sort != self.sort:
            raise wrong_cursor(f"is of a list sorted by {cursor.sort}, not by {self.sort}")
        return Place(None if cursor.at is None else instant_of(cursor.at), cursor.ticket_id)


@router.get(
    "/v1/tickets",
    summary="List tickets",
    responses=answers.documented(
        examples.listed(examples.LISTED_TICKET, next_cursor="WyJuZXh0X2R1ZSIsbnVsbCwiVC0xIl0"),
        "A page of tickets, without their escalations.",
        422,
        503,
    ),
    openapi_extra=needs("read"),
)
async def list_tickets(
    request: Request, caller: Asker, question: Annotated[TicketQuestion, Query()]
) -> Response:
    """Tickets that match every filter given, as they are now.

    Pages hold together while tickets move: one whose place in the order does not change is listed
    once; one that moves may be met again or be missed where it has moved past the page.
    """
    service, limit = service_of(request), question.limit
    filters, after = question.filters(), question.after()
    filters = replace(filters, policy=caller.among(filters.policy))
    async with service.database.reading() as connection:
        found = await ticket_list.find(connection, filters, question.sort, after, limit + 1)
        rows, last = cut(found, limit)
        items = await ticket_list.views(connection, service.policies, rows)
    cursor = None if last is None else TicketCursor.after(last, question.sort)
    return answers.json(page(items, cursor))


# An id may contain a slash. So this route takes whatever follows, and every other route below
# `/v1/tickets/` has to come before it: they are in `ticket_stream.py` and
# `explaining.py`, which are mounted first.
@router.get(
    "/v1/tickets/{ticket_id:path}",
    summary="Where a ticket stands",
    responses={
        **answers.documented(
            examples.TICKET, "The ticket's SLA state. `ETag` names it.", 404, 422, 503
        ),
        304: {"description": "It is as `If-None-Match` has it."},
    },
    openapi_extra=needs("read"),
)
async def get_ticket(
    request: Request,
    caller: Asker,
    ticket_id: TicketId,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The ticket's clocks, what comes next, and everything told so far.

    With `as_of`, at that instant, past or up to a year ahead; what will be is what comes if nothing
    else happens. With `known_at`, by what had been recorded by then. A mark that no log holds, for
    it is still to come or due this very moment, has `raised_at: null`.
    """
    service = service_of(request)
    if as_of is not None or known_at is not None:
        found = await ticket_at(service, caller, ticket_id, as_of, known_at)
        return _answer(found, if_none_match, told_apart=True)
    async with service.database.connection() as connection:
        now = await ticket_now.read(connection, service.policies, ticket_id)
    if now is None or not caller.sees(now.judge.policy.id):
        raise no_ticket(ticket_id)
    return _answer(now, if_none_match, told_apart=False)


def _answer(found: TicketAt, if_none_match: str | None, *, told_apart: bool) -> Response:
    """Of other times the version may be the same, where facts came late; those are told apart."""
    version, passed = found.judge.ticket.version, found.unrecorded
    etag = None if told_apart else answers.etag_of(version, passed)
    if etag is not None and answers.is_known(etag, if_none_match):
        return answers.unchanged(etag)
    state = ticket_view.view(found.judge, found.at)
    state["escalations"] = [told.view() for told in found.escalations]
    if etag is None:
        etag = answers.etag_of(version, passed, ticket_view.lasting(state))
        if answers.is_known(etag, if_none_match):
            return answers.unchanged(etag)
    return answers.json(state, headers={"ETag": etag})
