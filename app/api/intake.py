"""``/v1/intake``: ticket systems' own webhooks come in, and mappings make facts of them."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from app.api import answers, problems
from app.api.access import OPEN, Scoped, needs
from app.api.bodies import read_body
from app.api.context import Service, service_of
from app.api.events import OUTCOME_EXAMPLE, outcome_of
from app.api.pages import page
from app.api.problems import Problem
from app.clock import host_now
from app.intake.book import Door
from app.intake.envelope import NotJson
from app.intake.expressions import Delivery
from app.intake.mapping import IntakeMapping
from app.intake.trial import no_secret, try_out
from app.intake.unmatched import Ending, unmatched
from app.intake.values import WebhookRefused
from app.intake.verifying import NotProven, Signed, verify
from app.intake.webhook import Emitted, OtherMedia, facts_of, read_document
from app.recording.new_fact import Receipt

router = APIRouter(tags=["intake"], route_class=Scoped)

RETRY_AFTER = "30"
"""Seconds after which a sender may try again whose secret is not set yet."""

LONGEST_NAME = 64

LARGEST_WEBHOOK = 2 * 1024 * 1024
"""Read before it has proven itself, and so less than who has a key may send."""

MappingName = Annotated[
    str, Path(max_length=LONGEST_NAME, description="The mapping's name, its file's without .yaml.")
]

BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {"schema": {"description": "As the ticket system sends it."}},
        "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
    },
}

ANSWER_EXAMPLE = {
    "results": [OUTCOME_EXAMPLE],
    "recorded": 1,
    "held": 0,
    "duplicates": 0,
    "conflicts": 0,
    "refused": 0,
    "ignored": False,
}

TRIAL_EXAMPLE = {
    "mapping": "helpdesk",
    "signature": "valid",
    "signature_detail": None,
    "outcome": "facts",
    "reason": None,
    "rules": [{"rule": "rules[0] (line 31)", "facts": 1}],
    "facts": [
        {
            "specversion": "1.0",
            "id": "8812-1",
            "source": "helpdesk",
            "type": "ticket.opened",
            "subject": "T-1",
            "time": "2026-11-21T10:00:00Z",
            "data": {"severity": "P1", "title": "Calls fail"},
        }
    ],
}

MAPPING_EXAMPLE = {
    "name": "helpdesk",
    "proof": "hmac-sha256",
    "header": "X-Helpdesk-Signature",
    "secret_variable": "ESCALATOR_INTAKE_HELPDESK_SECRET",
    "secret_set": True,
    "on_unmatched": "ignore",
    "emits": ["ticket.opened", "ticket.agent_replied"],
    "received": 812,
    "ignored": 3,
    "refused": 0,
}

UNMATCHED_EXAMPLE = {
    "received_at": "2026-11-21T10:00:00Z",
    "outcome": "ignored",
    "reason": "no rule applies",
    "headers": {"content-type": "application/json", "x-helpdesk-event": "ping"},
    "other_headers": ["host", "x-helpdesk-signature"],
    "body": '{"zen": "Keep it logically awesome."}',
    "body_bytes": 37,
}


@router.get(
    "/v1/intake",
    summary="List the mappings of ticket systems' webhooks",
    responses=answers.documented(
        {"items": [MAPPING_EXAMPLE], "next_cursor": None}, "Every mapping, by name.", 503
    ),
    openapi_extra=needs("admin"),
)
async def list_mappings(request: Request) -> Response:
    """Each mapping, and how many webhooks this process had through it since it began."""
    return answers.json(page([_view(door) for door in service_of(request).mappings]))


@router.get(
    "/v1/intake/{name}/unmatched",
    summary="Look at webhooks that came to nothing",
    responses=answers.documented(
        {"items": [UNMATCHED_EXAMPLE], "next_cursor": None},
        "The last ones, newest first.",
        *(404, 422, 503),
    ),
    openapi_extra=needs("admin"),
)
async def list_unmatched(request: Request, name: MappingName) -> Response:
    """The last 50 that proved themselves and of which no fact was recorded, or not every one.

    Kept in memory by each process. Of headers, those that tell the kind of webhook are kept, and of
    all others the name; never a signature, a secret or a cookie.
    """
    return answers.json(page(_door(request, name).log.last()))


@router.post(
    "/v1/intake/{name}",
    summary="Take a ticket system's webhook",
    responses=answers.documented(
        ANSWER_EXAMPLE,
        "Recorded, held, a duplicate, or ignored because no rule applies.",
        *(400, 401, 404, 413, 415, 422, 503),
    ),
    openapi_extra={**OPEN, "requestBody": BODY},
)
async def post_webhook(request: Request, name: MappingName) -> Response:
    """Verifies its signature over the bytes as they came, makes facts of it, and records them.

    The signature stands for a key: none is asked for.

    A redelivery is a duplicate. One whose content has changed since is a conflict: the first
    stands, and the answer is 200 too, for the sender would only send it again.
    """
    service, door = service_of(request), _door(request, name)
    if not door.secrets:
        raise Problem(503, no_secret(door), headers={"Retry-After": RETRY_AFTER})
    headers, body = dict(request.headers), await read_body(request, LARGEST_WEBHOOK)
    try:
        now = int((await service.clock.now()).timestamp())
        verify(door.mapping.proof, door.secrets, headers, body, now)
    except NotProven as error:
        raise Problem(401, str(error)) from None
    door.log.received += 1
    try:
        emitted = _read(door.mapping, headers, body)
    except Problem as problem:
        _keep(door, "refused", problem.detail, headers, body)
        raise
    if not emitted:
        _keep(door, "ignored", "no rule applies", headers, body)
        return answers.json(_counted([], ignored=True))
    return await _record(service, door, emitted, headers, body, request.url.path)


@router.post(
    "/v1/intake/{name}/try",
    summary="See what a webhook would become",
    responses=answers.documented(
        TRIAL_EXAMPLE, "The facts, or why there are none.", *(404, 413, 422, 503)
    ),
    openapi_extra={**needs("admin"), "requestBody": BODY},
)
async def try_webhook(request: Request, name: MappingName) -> Response:
    """The same body and headers; nothing is recorded, and a signature is reported, not required."""
    door = _door(request, name)
    body = await read_body(request, LARGEST_WEBHOOK)
    now = int((await service_of(request).clock.now()).timestamp())
    return answers.json(try_out(door, dict(request.headers), body, now))


def _door(request: Request, name: str) -> Door:
    door = service_of(request).mappings.find(name)
    if door is None:
        raise Problem(404, f"there is no mapping {name!r}")
    return door


def _read(mapping: IntakeMapping, headers: dict[str, str], body: bytes) -> list[Emitted]:
    """The facts of a webhook; a problem where none can be made, or must be."""
    try:
        document = read_document(body, headers.get("content-type", ""))
        emitted = facts_of(mapping, Delivery(headers, body, document))
    except NotJson as error:
        raise Problem(400, f"the body is not JSON: {error}") from None
    except OtherMedia as error:
        raise Problem(415, str(error)) from None
    except WebhookRefused as error:
        raise Problem(422, str(error), [(error.place, error.why)]) from None
    if not emitted and mapping.refuses_unmatched:
        raise Problem(422, f"no rule of {mapping.name} applies to this webhook")
    return emitted


async def _record(
    service: Service,
    door: Door,
    emitted: list[Emitted],
    headers: dict[str, str],
    body: bytes,
    instance: str,
) -> Response:
    receipts = await service.intake.record([each.fact for each in emitted])
    bad = [receipt for receipt in receipts if receipt.outcome == "refused"]
    answer = _counted(receipts)
    if bad:
        _keep(door, "refused", "; ".join(receipt.detail or "" for receipt in bad), headers, body)
    refused = [receipt for receipt in bad if not receipt.conflict]
    if not refused:
        return answers.json(answer)
    errors = [(receipt.pointer or "", receipt.detail or "") for receipt in refused]
    later = any(receipt.later for receipt in refused)  # the same again is taken then
    status = 503 if later else 422
    problem = problems.body_of(status, "; ".join(each for _, each in errors), errors, instance)
    written = answers.json({**problem, **answer}, status)
    if later:
        written.headers["Retry-After"] = problems.SET_APART_FOR
    written.headers["Content-Type"] = problems.MEDIA_TYPE
    return written


def _counted(receipts: list[Receipt], *, ignored: bool = False) -> dict[str, object]:
    """The answer: each fact's outcome, and how many there are of each."""
    outcomes = ["conflict" if receipt.conflict else receipt.outcome for receipt in receipts]
    return {
        "results": [outcome_of(receipt) for receipt in receipts],
        "recorded": outcomes.count("recorded"),
        "held": outcomes.count("held"),
        "duplicates": outcomes.count("duplicate"),
        "conflicts": outcomes.count("conflict"),
        "refused": outcomes.count("refused"),
        "ignored": ignored,
    }


def _keep(door: Door, outcome: Ending, reason: str, headers: dict[str, str], body: bytes) -> None:
    door.log.keep(
        unmatched(
            outcome,
            reason,
            headers,
            body,
            asked=door.mapping.headers,
            proofs=door.proofs,
            now=host_now(),
        )
    )


def _view(door: Door) -> dict[str, object]:
    mapping = door.mapping
    proof = mapping.proof
    emits = dict.fromkeys(type_ for rule in mapping.rules for type_ in rule.types())
    return {
        "name": mapping.name,
        "proof": f"hmac-{proof.algorithm}" if isinstance(proof, Signed) else "secret_header",
        "header": proof.header,
        "secret_variable": mapping.secret_variable,
        "secret_set": bool(door.secrets),
        "on_unmatched": "refuse" if mapping.refuses_unmatched else "ignore",
        "emits": list(emits),
        "received": door.log.received,
        "ignored": door.log.ignored,
        "refused": door.log.refused,
    }
