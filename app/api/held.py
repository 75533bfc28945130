"""``/v1/held``: facts that are recorded and without effect, waiting or left out."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from app.api import answers, examples
from app.api.access import Asker, Scoped, needs
from app.api.asking import Name, Question
from app.api.context import Here
from app.api.pages import Cursor, Position, cut, page, read_cursor
from app.projections import held
from app.store.database import Row

router = APIRouter(tags=["events"], route_class=Scoped)

EXAMPLE = {
    "ticket_id": "T-1",
    "source": "helpdesk",
    "id": "helpdesk-8812-2",
    "type": "ticket.agent_replied",
    "position": 4711,
    "recorded_at": "2026-11-21T10:00:00.01Z",
    "reason": None,
}


class HeldCursor(Cursor, frozen=True):
    """The last fact of a page."""

    position: Position


class HeldQuestion(Question):
    """Which held facts."""

    ticket: Name | None = Field(None, description="The ticket's id.")


@router.get(
    "/v1/held",
    summary="List held facts",
    responses=answers.documented(
        examples.listed(EXAMPLE), "A page of facts, in the order of the log.", 422, 503
    ),
    openapi_extra=needs("read"),
)
async def list_held(
    here: Here, caller: Asker, question: Annotated[HeldQuestion, Query()]
) -> Response:
    """Facts that came before their ticket's opening, and withdrawals of what has not come yet.

    `reason` is null while a fact waits. It says why where the ticket's policy refuses a fact that
    came before its opening, or where a withdrawal turned out to name what cannot be withdrawn: such
    a fact stays listed, and has no effect.

    For a key that is bound to policies, only those of their tickets exist.
    """
    limit = question.limit
    after = 0 if question.cursor is None else read_cursor(question.cursor, HeldCursor).position
    async with here.database.reading() as connection:
        found = await held.find(connection, question.ticket, caller.policies, after, limit + 1)
    rows, last = cut(found, limit)
    next_cursor = None if last is None else HeldCursor(last["position"])
    return answers.json(page([_view(row) for row in rows], next_cursor))


def _view(row: Row) -> dict[str, object]:
    return {
        "ticket_id": row["ticket_id"],
        "source": row["source"],
        "id": row["event_id"],
        "type": row["type"],
        "position": row["position"],
        "recorded_at": row["recorded_at"],
        "reason": row["reason"],
    }
