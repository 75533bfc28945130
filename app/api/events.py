"""``POST /v1/events``: facts come in."""

from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from app.api import answers, event_schema, problems
from app.api.context import Service, service_of
from app.api.problems import Problem
from app.intake.envelope import (
    LARGEST_BATCH,
    LARGEST_EVENT,
    MOST_EVENTS,
    Fault,
    InvalidEvent,
    NotJson,
    find_nul,
    parse_json,
    read_event,
)
from app.recording.new_fact import NewFact, Receipt

router = APIRouter(tags=["events"])

LOCAL = "local"
"""The source of events that name none, while there are no keys."""

OUTCOME_EXAMPLE = {
    "id": "helpdesk-8812-1",
    "source": "helpdesk",
    "ticket_id": "T-1",
    "outcome": "recorded",
    "version": 1,
    "position": 4711,
    "error": None,
}

REFUSED_EXAMPLE = {
    **OUTCOME_EXAMPLE,
    "id": "helpdesk-8812-2",
    "outcome": "refused",
    "version": None,
    "position": None,
    "error": problems.body_of(422, "unknown type", [("/type", "unknown type")]),
}

BATCH_EXAMPLE = {
    "results": [OUTCOME_EXAMPLE, REFUSED_EXAMPLE],
    "recorded": 1,
    "held": 0,
    "duplicates": 0,
    "refused": 1,
}


async def read_body(request: Request, largest: int) -> bytes:
    """The body, cut off as soon as it is larger than may be."""
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > largest:
            raise Problem(
                413,
                f"the body is larger than {largest} bytes",
                headers={"Connection": "close"},  # what is still to come is not read
            )
    return bytes(chunks)


@router.post(
    "/v1/events",
    summary="Record what happened to tickets",
    responses={
        **answers.documented(
            {**OUTCOME_EXAMPLE, "outcome": "duplicate"},
            "An event recorded before, or a batch of which none was refused.",
            *(400, 409, 413, 415, 422, 503),
        ),
        201: answers.described(OUTCOME_EXAMPLE, "One event, recorded or held."),
        207: answers.described(BATCH_EXAMPLE, "A batch of which some were refused."),
    },
    openapi_extra={
        "requestBody": event_schema.REQUEST_BODY,
        "parameters": [event_schema.BACKFILL],
    },
)
async def post_events(request: Request) -> Response:
    """One event, or an array of up to 10,000; answers when they are durable and projected.

    An event is the same again by (`subject`, `source`, `id`) and is answered as the first was. One
    that comes before its ticket's opening is `held`: recorded, and folded when the opening comes.
    """
    backfill = _backfill(request)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem(415, f"application/json is taken here, not {media_type[:80] or 'nothing'}")
    body = await read_body(request, LARGEST_BATCH)
    try:
        document = parse_json(body)
    except NotJson as error:
        raise Problem(400, f"the body is not JSON: {error}") from None
    nul = b"\\u0000" in body
    service = service_of(request)
    if isinstance(document, list):
        return await _record_batch(service, document, nul=nul, backfill=backfill)
    if len(body) > LARGEST_EVENT:
        raise Problem(413, f"an event is at most {LARGEST_EVENT} bytes")
    return await _record_one(service, document, nul=nul, backfill=backfill)


def _backfill(request: Request) -> bool:
    """Whether the facts are history, of which nobody is told any more (24)."""
    value = request.query_params.get("backfill", "false")
    if value not in ("true", "false"):
        raise Problem(422, "backfill: true or false", [("backfill", "true or false")])
    return value == "true"


async def _record_one(service: Service, document: object, *, nul: bool, backfill: bool) -> Response:
    fact = _read(document, nul=nul, backfill=backfill)
    if isinstance(fact, InvalidEvent):
        raise Problem(422, str(fact), [(fault.pointer, fault.detail) for fault in fact.faults])
    (receipt,) = await service.intake.record([fact])
    if receipt.outcome == "refused":
        status = 409 if receipt.conflict else 422
        detail = receipt.detail or ""
        raise Problem(status, detail, [(receipt.pointer or "", detail)])
    status = 200 if receipt.outcome == "duplicate" else 201
    return _json(outcome_of(receipt), status)


async def _record_batch(
    service: Service, documents: list[object], *, nul: bool, backfill: bool
) -> Response:
    if len(documents) > MOST_EVENTS:
        raise Problem(413, f"a batch holds at most {MOST_EVENTS} events, this one {len(documents)}")
    read = [_read(document, nul=nul, backfill=backfill, sized=True) for document in documents]
    receipts = iter(
        await service.intake.record([fact for fact in read if isinstance(fact, NewFact)])
    )
    results = [
        outcome_of(next(receipts)) if isinstance(fact, NewFact) else _refused(document, fact)
        for document, fact in zip(documents, read, strict=True)
    ]
    counts = {
        name: sum(result["outcome"] == outcome for result in results)
        for name, outcome in (
            ("recorded", "recorded"),
            ("held", "held"),
            ("duplicates", "duplicate"),
            ("refused", "refused"),
        )
    }
    return _json({"results": results, **counts}, 207 if counts["refused"] else 200)


def _read(
    document: object, *, nul: bool, backfill: bool, sized: bool = False
) -> NewFact | InvalidEvent:
    try:
        if nul and (pointer := find_nul(document)) is not None:
            raise InvalidEvent(Fault(pointer, "a NUL character is not taken"))
        if sized and len(msgspec.json.encode(document)) > LARGEST_EVENT:
            raise InvalidEvent(Fault("", f"an event is at most {LARGEST_EVENT} bytes"))
        return read_event(document, LOCAL, backfill=backfill)
    except InvalidEvent as error:
        return error


def outcome_of(receipt: Receipt) -> dict[str, object]:
    """What became of a fact, as it is answered."""
    error = None
    if receipt.outcome == "refused":
        detail = receipt.detail or ""
        error = problems.body_of(
            409 if receipt.conflict else 422, detail, [(receipt.pointer or "", detail)]
        )
    return {
        "id": receipt.fact.id,
        "source": receipt.fact.source,
        "ticket_id": receipt.fact.ticket_id,
        "outcome": receipt.outcome,
        "version": receipt.version,
        "position": receipt.position,
        "error": error,
    }


def _refused(document: object, error: InvalidEvent) -> dict[str, object]:
    """The outcome of an event that is none; what it says of itself is repeated where it can be."""
    event: dict[str, Any] = document if isinstance(document, dict) else {}
    named = {
        key: event[member] if isinstance(event.get(member), str) else None
        for key, member in (("id", "id"), ("source", "source"), ("ticket_id", "subject"))
    }
    too_large = any(fault.pointer == "" and "bytes" in fault.detail for fault in error.faults)
    return {
        **named,
        "outcome": "refused",
        "version": None,
        "position": None,
        "error": problems.body_of(
            413 if too_large else 422,
            str(error),
            [(fault.pointer, fault.detail) for fault in error.faults],
        ),
    }


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
