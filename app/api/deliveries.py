"""``/v1/deliveries``: what was sent to whom, and what came of it."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api import answers, examples
from app.api.access import Scoped, needs
from app.api.asking import NO_NUL, Instant, Name, Question
from app.api.context import Here
from app.api.pages import Cursor, Id, Micros, cut, instant_of, micros_of, page, read_cursor
from app.api.problems import Problem
from app.store.database import Row
from app.webhooks import deliveries
from app.webhooks.claims import DEAD, FAILED, PENDING, STATUSES
from app.webhooks.deliveries import DeliveryFilters, Place

router = APIRouter(prefix="/v1/deliveries", tags=["webhooks"], route_class=Scoped)

DeliveryId = Annotated[str, Path(max_length=200, pattern=NO_NUL, description="The delivery's id.")]
Json = dict[str, object]

EXAMPLE: Json = {
    "id": "8c1f0e9d7b6a5c4d3e2f1a0b",
    "subscription_id": "sub_3f9a1c5e7b2d4f6a8c0e1b3d",
    "ticket_id": "T-1",
    "event_id": "7f0c6c2b8f1e4d0a9b3c5d7e9f1a2b3c",
    "sequence": 2,
    "status": "pending",
    "created_at": "2026-11-21T10:00:00Z",
    "next_attempt_at": "2026-11-21T10:00:05Z",
    "settled_at": None,
    "attempts": [
        {
            "attempt": 1,
            "at": "2026-11-21T10:00:00Z",
            "status": 503,
            "took_seconds": 0.021,
            "error": None,
            "answer": "try again later",
        }
    ],
}


class DeliveryCursor(Cursor, frozen=True):
    """The last delivery of a page."""

    created_at: Micros
    delivery_id: Id

    @classmethod
    def at(cls, row: Row) -> "DeliveryCursor":
        """Where a page ends that ends with this row."""
        return cls(micros_of(row["created_at"]), row["delivery_id"])


class DeliveryQuestion(Question):
    """Which deliveries."""

    subscription: Name | None = Field(None, description="The subscription's id.")
    status: Annotated[str, Field(pattern=f"^({'|'.join(STATUSES)})$")] | None = None
    ticket: Name | None = Field(None, description="The ticket's id.")
    since: Instant | None = Field(None, description="Created at this instant or later.")
    until: Instant | None = Field(None, description="Created before this instant.")

    def filters(self) -> DeliveryFilters:
        """What the deliveries must be."""
        return DeliveryFilters(**self.model_dump(exclude={"limit", "cursor"}))

    def after(self) -> Place | None:
        """Where the page before ended."""
        if self.cursor is None:
            return None
        cursor = read_cursor(self.cursor, DeliveryCursor)
        return Place(instant_of(cursor.created_at), cursor.delivery_id)


@router.get(
    "",
    summary="List deliveries",
    responses=answers.documented(
        examples.listed(EXAMPLE), "A page of deliveries, latest first.", 422, 503
    ),
    openapi_extra=needs("admin"),
)
async def list_deliveries(
    service: Here, question: Annotated[DeliveryQuestion, Query()]
) -> Response:
    """Deliveries that match every filter given, each with its attempts.

    `pending`: to be attempted, or being attempted. `delivered`. `failed`: the receiver's answer was
    final. `dead`: attempted for 72 hours. A `failed` or `dead` one can be sent again.
    """
    filters, after, limit = question.filters(), question.after(), question.limit
    async with service.database.reading() as connection:
        found = await deliveries.find(connection, filters, after, limit + 1)
        rows, last = cut(found, limit)
        attempts = await deliveries.attempts_of(connection, rows)
    items = [shown(row, attempts[row["delivery_id"]]) for row in rows]
    return answers.json(page(items, None if last is None else DeliveryCursor.at(last)))


class RedeliverQuestion(BaseModel):
    """Which deliveries are sent again."""

    model_config = ConfigDict(extra="forbid")

    subscription: Name | None = Field(None, description="The subscription's id.")
    status: Annotated[str, Field(pattern=f"^({FAILED}|{DEAD})$")] | None = Field(
        None, description="Both, if left out."
    )
    since: Instant | None = Field(None, description="Created at this instant or later.")
    until: Instant | None = Field(None, description="Created before this instant.")


@router.post(
    "/redeliver",
    summary="Send again what has failed or is dead",
    responses=answers.documented(
        {"redelivered": 12}, "How many deliveries are pending again.", 422, 503
    ),
    openapi_extra=needs("admin"),
)
async def redeliver_many(
    service: Here, question: Annotated[RedeliverQuestion, Query()]
) -> Response:
    """Sends every delivery that matches again, and retries anew for 72 hours.

    A subscription, `since` or `until` must be given. What belongs to a subscription that is no more
    is left out. What was delivered is sent again by a subscription's `replay`.
    """
    if question.subscription is None and question.since is None and question.until is None:
        detail = "a subscription, since or until must be given"
        raise Problem(422, detail, [("subscription", detail)])
    filters = DeliveryFilters(**question.model_dump())
    count = await deliveries.redeliver_many(service.database, filters)
    service.deliverer.wake()
    return answers.json({"redelivered": count})


@router.post(
    "/{delivery_id}/redeliver",
    summary="Send a delivery again",
    responses=answers.documented(EXAMPLE, "The delivery, pending again.", 404, 422, 503),
    openapi_extra=needs("admin"),
)
async def redeliver(service: Here, delivery_id: DeliveryId) -> Response:
    """Sends it at once, whatever came of it before, and retries anew for 72 hours."""
    async with service.database.transaction() as connection:
        row = await deliveries.redeliver(connection, delivery_id)
        if row is None:
            raise Problem(
                404,
                f"there is no delivery {delivery_id[:80]!r}, or its subscription is no more",
            )
        attempts = await deliveries.attempts_of(connection, [row])
    service.deliverer.wake()
    return answers.json(shown(row, attempts[row["delivery_id"]]))


def shown(row: Row, attempts: Sequence[Row]) -> Json:
    """A delivery as it is answered."""
    return {
        "id": row["delivery_id"],
        "subscription_id": row["subscription_id"],
        "ticket_id": row["ticket_id"],
        "event_id": row["event_id"],
        "sequence": row["sequence"],
        "status": row["status"],
        "created_at": row["created_at"],
        "next_attempt_at": row["due_at"] if row["status"] == PENDING else None,
        "settled_at": row["settled_at"],
        "attempts": [
            {
                "attempt": attempt["attempt"],
                "at": attempt["at"],
                "status": attempt["status"],
                "took_seconds": attempt["took_seconds"],
                "error": attempt["error"],
                "answer": attempt["answer"],
            }
            for attempt in attempts
        ],
    }
