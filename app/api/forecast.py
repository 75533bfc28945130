"""``GET /v1/forecast``: what will be raised if nothing else happens."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from app.api import answers, examples
from app.api.access import Asker, Scoped, needs
from app.api.asking import FURTHEST, Instant, Names, Question
from app.api.context import service_of
from app.api.pages import (
    Cursor,
    Id,
    Micros,
    Position,
    cut,
    instant_of,
    micros_of,
    page,
    read_cursor,
    wrong_cursor,
)
from app.api.problems import Problem
from app.projections.forecast import Asked, Effort
from app.projections.forecast_list import Item, Place, Walk
from app.projections.forecast_sums import Adding

router = APIRouter(tags=["reports"], route_class=Scoped)

DEFAULT = timedelta(hours=24)


class ForecastCursor(Cursor, frozen=True):
    """The last item of a page, and until when the forecast goes."""

    until: Micros
    at: Micros
    ticket_id: Id
    number: Position

    @classmethod
    def after(cls, item: Item, until: datetime) -> "ForecastCursor":
        """Where a page ends that ends with this item."""
        place = item.place
        return cls(micros_of(until), micros_of(place.at), place.ticket_id, place.number)

    def place(self) -> Place:
        """Where the page before ended."""
        return Place(instant_of(self.at), self.ticket_id, self.number)


class ForecastQuestion(Question):
    """Until when, and of what. A filter given several times matches any of its values."""

    until: Instant | None = Field(
        None, description="How far to look ahead: a year at most; 24 hours if left out."
    )
    policy: Names = Field([], description="The policy's id.")
    severity: Names = Field([], description="The severity's id in its policy.")
    role: Names = Field([], description="The role that will be told.")
    clock: Names = Field([], description="The clock's id.")

    def after(self) -> ForecastCursor | None:
        """Where the page before ended."""
        if self.cursor is None:
            return None
        cursor = read_cursor(self.cursor, ForecastCursor)
        if self.until is not None and micros_of(self.until) != cursor.until:
            raise wrong_cursor(f"is of a forecast until {instant_of(cursor.until):%FT%TZ}")
        return cursor

    def end(self, now: datetime, after: ForecastCursor | None) -> datetime:
        """Until when; 422 if that is not ahead, or more than a year."""
        until = self.until or now + DEFAULT
        if after is not None:
            until = instant_of(after.until)
        elif until <= now:
            raise _wrong_until(f"an instant that lies ahead was expected; now it is {now:%FT%TZ}")
        if until > now + FURTHEST:
            raise _wrong_until(f"at most a year ahead can be told, up to {now + FURTHEST:%FT%TZ}")
        return until


def _wrong_until(detail: str) -> Problem:
    return Problem(422, f"until: {detail}", [("until", detail)])


@router.get(
    "/v1/forecast",
    summary="What will be raised if nothing happens",
    responses=answers.documented(
        examples.FORECAST, "The marks to come, and their sums by role and by time.", 422, 503
    ),
    openapi_extra=needs("read"),
)
async def forecast(
    request: Request, caller: Asker, question: Annotated[ForecastQuestion, Query()]
) -> Response:
    """Every mark that will be reached by `until` if no more facts come, the soonest first.

    Clocks that repeat go on, and what a mark does to its ticket (moves it, closes it) is reckoned
    with. What is due and not yet raised counts at its instant. The sums, `by_role`, `by_time` and
    `tickets`, are of all marks that match, not of the page; pages after the first leave them null.
    In `by_time` a mark at the very end of a slice belongs to it. `complete: false`: a part is
    missing, for it was too much for one request, or could not be read.
    """
    service, after = service_of(request), question.after()
    effort = Effort()
    async with service.database.transaction() as connection:
        now: datetime = await connection.fetchval("SELECT clock_timestamp()")
        asked = Asked(
            now,
            question.end(now, after),
            caller.among(question.policy),
            question.severity,
            question.role,
            question.clock,
        )
        place = None if after is None else after.place()
        walk = Walk(connection, service.policies, asked, place, effort)
        items, last = cut(await walk.items(question.limit + 1), question.limit)
        sums = None
        if after is None:
            sums = await Adding(connection, service.policies, asked, effort).sums()
    cursor = None if last is None else ForecastCursor.after(last, asked.until)
    return answers.json(
        {
            "as_of": now,
            "until": asked.until,
            **page([item.view() for item in items], cursor),
            "by_role": None if sums is None else sums.by_role(),
            "by_time": None if sums is None else sums.by_time(now),
            "tickets": None if sums is None else sums.tickets,
            "complete": walk.complete and (sums is None or sums.complete),
        }
    )
