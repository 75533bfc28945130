"""``/v1/escalations``: who was told what, and who has taken it on."""

from dataclasses import replace
from hashlib import blake2b
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.api import answers, examples
from app.api.access import Asker, Caller, Scoped, needs
from app.api.asking import LONGEST_NAME, NO_NUL, Instant, Name, Names, Question, Tier
from app.api.bodies import must_be_json, read_body
from app.api.context import Service, service_of
from app.api.pages import Cursor, Micros, Position, cut, instant_of, micros_of, page, read_cursor
from app.api.problems import Problem
from app.domain.events import ESCALATION_ACKNOWLEDGED
from app.intake.envelope import LARGEST_EVENT, NotJson, parse_json
from app.projections import escalation_list
from app.projections.escalation_list import EscalationFilters, Place
from app.projections.escalation_view import Told
from app.recording.new_fact import NewFact
from app.store.database import Row

router = APIRouter(tags=["escalations"], route_class=Scoped)

SOURCE = "escalator-api"
"""The source of facts that are stated here and not by another system."""

PAGING = {"limit", "cursor"}


class EscalationCursor(Cursor, frozen=True):
    """The last escalation of a page."""

    raised_at: Micros
    position: Position

    @classmethod
    def at(cls, row: Row) -> "EscalationCursor":
        """Where a page ends that ends with this row."""
        return cls(micros_of(row["raised_at"]), row["position"])


class EscalationQuestion(Question):
    """Which escalations. One given several times matches any of its values."""

    role: Names = Field([], description="The role that was told.")
    clock: Names = Field([], description="The clock's id.")
    policy: Names = Field([], description="The policy's id.")
    tier: Tier | None = Field(None, description="Exactly this tier of the clock's ladder.")
    ticket: Name | None = Field(None, description="The ticket's id.")
    acknowledged: bool | None = Field(None, description="Whether somebody has taken it on.")
    since: Instant | None = Field(None, description="Raised at this instant or later.")
    until: Instant | None = Field(None, description="Raised before this instant.")

    def filters(self) -> EscalationFilters:
        """What the escalations must be."""
        return EscalationFilters(**self.model_dump(exclude=PAGING))

    def after(self) -> Place | None:
        """Where the page before ended."""
        if self.cursor is None:
            return None
        cursor = read_cursor(self.cursor, EscalationCursor)
        return Place(instant_of(cursor.raised_at), cursor.position)


class Acknowledgement(BaseModel):
    """Who has taken an escalation on."""

    model_config = ConfigDict(strict=True, extra="forbid")

    by: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, pattern=NO_NUL)]


@router.get(
    "/v1/escalations",
    summary="List escalations",
    responses=answers.documented(
        examples.listed(examples.ESCALATION), "A page of escalations, newest first.", 422, 503
    ),
    openapi_extra=needs("read"),
)
async def list_escalations(
    request: Request, caller: Asker, question: Annotated[EscalationQuestion, Query()]
) -> Response:
    """Warnings, breaches, escalations and notices that match every filter, newest first."""
    filters, after, limit = question.filters(), question.after(), question.limit
    filters = replace(filters, policy=caller.among(filters.policy))
    service = service_of(request)
    async with service.database.reading() as connection:
        found = await escalation_list.find(connection, filters, after, limit + 1)
    rows, last = cut(found, limit)
    async with service.database.connection() as connection:
        told = await escalation_list.told(connection, service.policies, rows)
    items = [each.view() for each in told]
    return answers.json(page(items, None if last is None else EscalationCursor.at(last)))


@router.post(
    "/v1/escalations/{escalation_id}/acknowledge",
    summary="Acknowledge an escalation",
    responses=answers.documented(
        examples.ACKNOWLEDGED, "The escalation, acknowledged.", 400, 404, 413, 415, 422, 503
    ),
    openapi_extra={
        **needs("ingest"),
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": Acknowledgement.model_json_schema(),
                    "example": {"by": "anna"},
                }
            },
        },
    },
)
async def acknowledge(
    request: Request,
    caller: Asker,
    escalation_id: Annotated[
        str,
        Path(max_length=LONGEST_NAME, pattern=NO_NUL, description="The SLA event's id."),
    ],
) -> Response:
    """Records that somebody has taken it on, as a fact of its ticket.

    The first acknowledgement stands: a later one by someone else is recorded and shown in the
    ticket's stream. The same person's again changes nothing.
    """
    service = service_of(request)
    must_be_json(request)
    by = read_by(await read_body(request, LARGEST_EVENT))
    told = await find(service, caller, escalation_id)
    return answers.json((await take_on(service, caller, told, by)).view())


def read_by(body: bytes) -> str:
    """Who acknowledges, as JSON says it. 400 and 422 if it does not."""
    try:
        return Acknowledgement.model_validate(parse_json(body)).by
    except NotJson as error:
        raise Problem(400, f"the body is not JSON: {error}") from None
    except ValidationError as error:
        faults = [
            ("/".join(["", *map(str, each["loc"])]), each["msg"])
            for each in error.errors(include_url=False, include_input=False)
        ]
        raise Problem(422, "; ".join(f"{at}: {what}" for at, what in faults), faults) from None


async def take_on(service: Service, caller: Caller, told: Told, by: str) -> Told:
    """Records that somebody has taken an escalation on; answers it as it is then."""
    (receipt,) = await service.intake.record([replace(_fact(told, by), policies=caller.policies)])
    if receipt.outcome == "refused":
        detail = receipt.detail or ""
        raise Problem(404 if receipt.unseen else 422, detail, [(receipt.pointer or "", detail)])
    return await find(service, caller, told.event.id)


async def find(service: Service, caller: Caller, escalation_id: str) -> Told:
    """The escalation, if it exists for the caller; else 404."""
    async with service.database.connection() as connection:
        row = await escalation_list.one(connection, escalation_id)
        if row is not None:
            (told,) = await escalation_list.told(connection, service.policies, [row])
            if caller.sees(told.event.policy_id):
                return told
    raise Problem(404, f"there is no escalation {escalation_id!r}")


def _fact(told: Told, by: str) -> NewFact:
    """The same person's second click is the same fact, and so a duplicate."""
    event = told.event
    same = blake2b(f"{event.id}\x1f{by}".encode(), digest_size=16).hexdigest()
    data = {"escalation_id": event.id, "by": by}
    return NewFact(event.ticket_id, SOURCE, same, ESCALATION_ACKNOWLEDGED, None, data)
