"""``/ack/{token}``: the page behind a link by which a person takes an escalation on, from a chat.

The link is signed and expires (``app/webhooks/links.py``), and stands for a key to one escalation.
So a request forged by another site (CSRF) needs no further guard: no cookie or key that a browser
adds by itself counts here, and who knows the link may as well follow it.

What only looks, such as a chat that previews the link, changes nothing: GET shows, POST records.
A link acknowledges once: whoever comes later is shown who it was, and a link that got about can add
nothing more to the log.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, NamedTuple
from urllib.parse import parse_qs

from fastapi import APIRouter, Path, Request, Response

from app.api import acknowledge_page, answers, examples, problems
from app.api.access import OPEN, Caller, Scoped
from app.api.acknowledge_page import Page
from app.api.bodies import read_body
from app.api.context import Service, service_of
from app.api.escalations import Acknowledgement, find, read_by, take_on
from app.api.problems import RETRY_AFTER, Problem
from app.domain.ticket import Ticket
from app.projections import ticket_now
from app.projections.escalation_view import Told
from app.projections.escalations import NOT_ESCALATIONS
from app.recording.group_commit import Overloaded
from app.store.database import DatabaseUnavailable
from app.webhooks.links import PATH, LinkForged

logger = logging.getLogger(__name__)

router = APIRouter(tags=["escalations"], route_class=Scoped)

HOLDER = Caller("acknowledge link", admin=False)
LARGEST_FORM = 4096
FORM, HTML = "application/x-www-form-urlencoded", "text/html"

Json = dict[str, Any]
Token = Annotated[str, Path(description="The last part of `links.acknowledge` of a webhook.")]


class Linked(NamedTuple):
    """What a link is for."""

    told: Told
    ticket: Ticket | None
    """None where it cannot be read at the moment."""

    @property
    def is_open(self) -> bool:
        """Whether there is something left to take on."""
        return self.told.acknowledged_at is None and self.told.retracted_at is None


def _described(example: object, description: str, *statuses: int) -> dict[int | str, Json]:
    """Answers and refusals, for programs as JSON and for people as pages."""
    described = {
        200: answers.described(example, description),
        **problems.responses(*statuses),
    }
    for each in described.values():
        each["content"][HTML] = {"schema": {"type": "string"}}
    return described


@router.get(
    f"{PATH}{{token}}",
    summary="What a link to acknowledge is for",
    responses=_described(examples.ESCALATION, "The escalation.", 403, 404, 410, 422, 503),
    openapi_extra=OPEN,
)
async def show(request: Request, token: Token) -> Response:
    """The escalation and a form, as a page, to acknowledge it by; as JSON if that is accepted."""

    async def work() -> Response:
        linked = await _linked(service_of(request), token)
        return _answer(request, linked)

    return await _in_its_form(request, work)


@router.post(
    f"{PATH}{{token}}",
    summary="Acknowledge an escalation by a link",
    responses=_described(
        examples.ACKNOWLEDGED,
        "The escalation, acknowledged.",
        400,
        403,
        404,
        410,
        413,
        415,
        422,
        503,
    ),
    openapi_extra={
        **OPEN,
        "requestBody": {
            "required": True,
            "content": {
                media: {"schema": Acknowledgement.model_json_schema(), "example": {"by": "anna"}}
                for media in (FORM, answers.MEDIA_TYPE)
            },
        },
    },
)
async def acknowledge(request: Request, token: Token) -> Response:
    """Records that somebody has taken it on, unless somebody had. The link stands for a key."""

    async def work() -> Response:
        service = service_of(request)
        linked = await _linked(service, token)
        body = await read_body(request, LARGEST_FORM)
        if _media_of(request) == answers.MEDIA_TYPE:
            by = read_by(body)
        else:
            by = _read_name(request, body)
            if not 0 < len(by) <= acknowledge_page.LONGEST_NAME:
                return _answer(request, linked, by=by, complaint="Please give your name.")
        if linked.is_open:
            linked = linked._replace(told=await take_on(service, HOLDER, linked.told, by))
        return _answer(request, linked, by=by)

    return await _in_its_form(request, work)


async def _linked(service: Service, token: str) -> Linked:
    """What a link is for. 403 for one that is forged, 410 for one that has expired."""
    try:
        escalation_id, expires = service.addresses.read(token)
    except LinkForged as error:
        raise Problem(403, str(error)) from None
    async with service.database.connection() as connection:
        if await connection.fetchval("SELECT clock_timestamp()") >= expires:
            raise Problem(410, f"this link was valid until {expires:%Y-%m-%d %H:%M} UTC")
    told = await find(service, HOLDER, escalation_id)
    if told.event.type in NOT_ESCALATIONS:
        raise Problem(404, "there is nothing to acknowledge")
    return Linked(told, await _ticket(service, told.event.ticket_id))


async def _ticket(service: Service, ticket_id: str) -> Ticket | None:
    try:
        async with service.database.connection() as connection:
            found = await ticket_now.read(connection, service.policies, ticket_id)
    except DatabaseUnavailable:
        raise
    except Exception:
        logger.exception("ticket %s is shown without its state", ticket_id)
        return None
    return None if found is None else found.judge.ticket


def _read_name(request: Request, body: bytes) -> str:
    """The name in a form, in one line; empty if there is none."""
    if _media_of(request) != FORM:
        raise Problem(415, f"{FORM} or {answers.MEDIA_TYPE} is taken here")
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=10, errors="strict")
    except ValueError:
        raise Problem(400, "this is not what the form sends") from None
    return " ".join("".join(fields.get("by", [])[:1]).replace("\0", " ").split())


def _media_of(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


# --- a page for people, JSON for programs ---------------------------------------------------


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    if HTML in accepted:
        return False
    return "json" in accepted or _media_of(request) == answers.MEDIA_TYPE


def _answer(request: Request, linked: Linked, by: str = "", complaint: str = "") -> Response:
    if _wants_json(request):
        if complaint:
            raise Problem(422, complaint, [("/by", complaint)])
        return answers.json(linked.told.view(), headers=acknowledge_page.HEADERS)
    page = Page(
        title=acknowledge_page.title_of(linked.told, by),
        text=acknowledge_page.status_of(linked.told, by),
        told=linked.told,
        ticket=linked.ticket,
        may_acknowledge=linked.is_open,
        by=by,
        complaint=complaint,
    )
    return acknowledge_page.answer(page, 422 if complaint else 200)


async def _in_its_form(request: Request, work: Callable[[], Awaitable[Response]]) -> Response:
    """What the work answers; what it refuses is a page, too, for who would see one."""
    try:
        return await work()
    except (Problem, DatabaseUnavailable, Overloaded) as refusal:
        if _wants_json(request):
            raise
        if isinstance(refusal, Problem):
            return acknowledge_page.refused(refusal.status, str(refusal), refusal.headers)
        return acknowledge_page.refused(503, str(refusal), {"Retry-After": RETRY_AFTER})
