"""``/v1/subscriptions/preview``: what would be sent, before anything is."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Response
from pydantic import Field

from app.api import answers, format_options, problems
from app.api.access import Scoped, needs
from app.api.asking import NO_NUL
from app.api.context import Here, Service
from app.api.problems import Problem
from app.api.subscription_bodies import Body, FormatName
from app.projections.tickets import ALL_BUCKETS
from app.store.database import query
from app.webhooks import letters, options
from app.webhooks.formats import DEFAULT, FORMATS
from app.webhooks.formats.format import CannotBeWritten
from app.webhooks.formats.sample import sample
from app.webhooks.message import Message
from app.webhooks.subscriptions import HIDDEN

router = APIRouter(prefix="/v1/subscriptions", tags=["webhooks"], route_class=Scoped)

EXAMPLE = {
    "format": "template",
    "content_type": "application/json; charset=utf-8",
    "query": "",
    "body": {"text": "Escalation, tier 2: resolution is 12 minutes late"},
}


class Preview(Body):
    """What is to be previewed."""

    format: FormatName = DEFAULT
    options: dict[str, Any] = Field({})
    event: Annotated[str, Field(max_length=200, pattern=NO_NUL)] | None = Field(
        None, description="The id of an escalation; left out, it is a made-up one."
    )


@router.post(
    "/preview",
    summary="See what would be sent",
    responses={
        200: answers.described(
            EXAMPLE,
            "The body: JSON as such, else as text, null where nothing would be sent. `query` is "
            "what is added to the URL.",
        ),
        **problems.responses(400, 404, 422, 503),
    },
    openapi_extra=needs("admin"),
)
async def preview(service: Here, body: Preview) -> Response:
    """Writes an escalation in a format and with options as they would be; sends nothing.

    Secret options are checked if they are given, and hidden in the answer.
    """
    its = FORMATS[body.format]
    given = {name: body.options.get(name, "x" * 32) for name in its.secret} | body.options
    try:
        format_options.check(body.format, given)
        message = await _message(service, body.event)
        shown = options.hidden(body.format, given)
        written = its.render(message, shown)
    except CannotBeWritten as reason:
        raise Problem(422, str(reason), [("/options", str(reason))]) from None
    content_type = its.content_type(given)
    return answers.json(
        {
            "format": body.format,
            "content_type": content_type,
            "query": its.address("", HIDDEN).removeprefix("?"),
            "body": _readable(written, content_type),
        }
    )


async def _message(service: Service, event_id: str | None) -> Message:
    async with service.database.connection() as connection:
        now = await connection.fetchval("SELECT clock_timestamp()")
        if event_id is None:
            return sample(now)
        row = await connection.fetchrow(query("place_of_escalation"), ALL_BUCKETS, event_id)
        if row is None:
            raise Problem(404, f"there is no escalation {event_id!r}")
        place = row["ticket_id"], row["version"], event_id
        found = await letters.read(
            connection, service.policies, {place}, now, service.addresses, {row["ticket_id"]}
        )
    return found[place].message()


def _readable(written: bytes | None, content_type: str) -> object:
    if written is None:
        return None
    if "json" in content_type:
        return msgspec.Raw(written)
    return written.decode("utf-8", "replace")
