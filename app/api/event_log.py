"""``GET /v1/events``: the log in its order, page by page."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from msgspec import Raw
from pydantic import BaseModel, ConfigDict, Field

from app.api import answers, examples
from app.api.access import Asker, Caller, Scoped, needs
from app.api.asking import Names
from app.api.context import Here
from app.api.pages import wrong_cursor
from app.api.problems import Problem
from app.projections.feed import Filters, read_log

router = APIRouter(tags=["events"], route_class=Scoped)

FURTHEST = 2**63 - 1
"""The largest position there can be."""

DIGITS = len(str(FURTHEST))
EXAMPLE = {**examples.listed(examples.EVENT, next_cursor="4711"), "position": 4711}

Place = Annotated[
    int | None, Field(ge=0, le=FURTHEST, description="The position to read on from; 0: the start.")
]


class Choice(BaseModel):
    """Which events; one that is not known is refused, for it would be missed."""

    model_config = ConfigDict(extra="forbid")

    after: Place = None
    type: Names = Field([], description="Types of events.")
    ticket: Names = Field([], description="Tickets, by their ids.")
    policy: Names = Field([], description="Policies that the tickets are judged by now.")

    def filters(self, caller: Caller) -> Filters:
        """As the log is asked, for somebody for whom certain policies exist."""
        return Filters(
            frozenset(self.type), frozenset(self.ticket), frozenset(caller.among(self.policy))
        )


class LogQuestion(Choice):
    """A page of which events."""

    limit: Annotated[int, Field(ge=1, le=500, description="How many at most.")] = 50
    cursor: Annotated[
        str | None,
        Field(max_length=2000, description="`next_cursor` of the page before, instead of `after`."),
    ] = None

    def place(self) -> int:
        """Where to read on; 422 if it is said twice, or the cursor is none."""
        if self.cursor is None:
            return self.after or 0
        if self.after is not None:
            detail = "one of `after` and `cursor` is enough"
            raise Problem(422, f"cursor: {detail}", [("cursor", detail)])
        place = read_place(self.cursor)
        if place is None:
            raise wrong_cursor("is not one that this list has answered")
        return place


def read_place(text: str) -> int | None:
    """The position that a client hands back; None if it is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        return None
    return place if (place := int(text)) <= FURTHEST else None


@router.get(
    "/v1/events",
    summary="Read the log",
    responses=answers.documented(EXAMPLE, "A page of the log, in its order.", 422, 503),
    openapi_extra=needs("read"),
)
async def read_events(
    here: Here, caller: Asker, question: Annotated[LogQuestion, Query()]
) -> Response:
    """Facts and SLA events of all tickets in one order, of which no reader misses any.

    `position` is up to where the log was read, whatever the filters left out: ask on with
    `after=<position>`. While there may be more at once, `next_cursor` is that place too. A page
    looks at 10,000 events at most, so with filters it may be short, or empty, and not the last.

    A key that is bound to policies reads the events of their tickets. A fact that is held for a
    ticket which was never opened is of no policy.
    """
    after = question.place()
    async with here.database.connection() as connection:
        page = await read_log(connection, after, question.filters(caller), question.limit)
    return answers.json(
        {
            "items": [Raw(event.content) for event in page.events],
            "next_cursor": str(page.position) if page.more else None,
            "position": page.position,
        }
    )
