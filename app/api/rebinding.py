"""``/v1/policies/{id}/rebind``: open tickets come under another version of their policy."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.api import answers, problems
from app.api.access import Scoped, needs
from app.api.asking import LONGEST_NAME, NO_NUL, Instant, Name, Names, Statuses, Tier
from app.api.context import Here, Service
from app.api.problems import Problem
from app.projections.ticket_filters import TicketFilters
from app.recording import rebinding
from app.recording.rebinding import Bound, UnknownPolicy, UnknownVersion

router = APIRouter(tags=["policies"], route_class=Scoped)

MOST_TICKETS = 10_000
"""So many tickets are named, or bound, in one request."""

OneOrMore = Annotated[
    Names, BeforeValidator(lambda given: [given] if isinstance(given, str) else given)
]
OneOrMoreStatuses = Annotated[
    Statuses, BeforeValidator(lambda given: [given] if isinstance(given, str) else given)
]
TicketName = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, pattern=NO_NUL)]

RECORDED = {
    "ticket_id": "T-1",
    "outcome": "recorded",
    "version": 7,
    "position": 4711,
    "error": None,
}
EXAMPLE = {
    "policy": {"id": "acme", "version": "sha256:5c3e..."},
    "recorded": 1,
    "unchanged": 0,
    "refused": 0,
    "more": False,
    "results": [RECORDED],
}


class Which(BaseModel):
    """Which of the policy's tickets: those that match every filter, all if there is none."""

    model_config = ConfigDict(extra="forbid")

    severity: OneOrMore = []
    plan: OneOrMore = []
    status: OneOrMoreStatuses = []
    line: OneOrMore = []
    clock: Name | None = None
    breached: bool | None = None
    paused: bool | None = None
    tier: Tier | None = None
    due_before: Instant | None = None
    opened_after: Instant | None = None
    opened_before: Instant | None = None
    q: Name | None = None

    def filters(self) -> TicketFilters:
        """What the tickets must be."""
        return TicketFilters(**self.model_dump())


class Rebind(BaseModel):
    """Tickets by their ids or by what they are, and the version; left out, the current one."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"tickets": ["T-1", "T-2"]}, {"tickets": {"severity": ["P1"]}}]
        },
    )

    tickets: Annotated[list[TicketName], Field(max_length=MOST_TICKETS)] | Which
    version: TicketName | None = None


@router.post(
    "/v1/policies/{policy_id}/rebind",
    summary="Bind open tickets to a version of their policy",
    responses=answers.documented(EXAMPLE, "What became of each.", 400, 404, 422, 503),
    openapi_extra=needs("admin"),
)
async def rebind(
    here: Here,
    policy_id: Annotated[
        str, Path(max_length=LONGEST_NAME, pattern=NO_NUL, description="The policy's id.")
    ],
    body: Rebind,
) -> Response:
    """Appends a `policy.rebound` for each of them, which acts like a change of severity.

    A ticket that is bound to the version already, or cancelled, is `unchanged`; one whose severity,
    plan or line the version lacks is `refused`. With a filter some 10,000 are bound in one request;
    where `more` is true there may be more, and the same request again goes on.
    """
    async with here.database.connection() as connection:
        try:
            version = await rebinding.version_of(connection, policy_id, body.version)
        except UnknownPolicy as error:
            raise Problem(404, str(error)) from None
        except UnknownVersion as error:
            raise Problem(422, str(error), [("/version", str(error))]) from None
    results: list[Bound] = []
    recorded, more = 0, False
    async for page in _pages(here, policy_id, version, body.tickets):
        results += page
        recorded += sum(each.outcome == "recorded" for each in page)
        more = isinstance(body.tickets, Which) and recorded >= MOST_TICKETS
        if more:
            break
    return answers.json(_answer(policy_id, version, results, more=more))


def _pages(
    here: Service, policy_id: str, version: str, tickets: list[str] | Which
) -> AsyncIterator[list[Bound]]:
    database, record = here.database, here.intake.record
    if isinstance(tickets, Which):
        return rebinding.rebind_all(database, record, policy_id, version, tickets.filters())
    return rebinding.rebind_these(database, record, policy_id, version, tickets)


def _answer(policy_id: str, version: str, results: list[Bound], *, more: bool) -> dict[str, object]:
    outcomes = [each.outcome for each in results]
    return {
        "policy": {"id": policy_id, "version": version},
        **{name: outcomes.count(name) for name in ("recorded", "unchanged", "refused")},
        "more": more,
        "results": [_view(each) for each in results],
    }


def _view(bound: Bound) -> dict[str, object]:
    refused = bound.outcome == "refused"
    return {
        "ticket_id": bound.ticket_id,
        "outcome": bound.outcome,
        "version": bound.version,
        "position": bound.position,
        "error": problems.body_of(422, bound.detail or "") if refused else None,
    }
