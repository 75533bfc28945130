"""``POST /v1/events``: facts come in."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from app import metrics
from app.api import answers, event_schema, problems
from app.api.access import OPEN, Caller, Scoped, caller_of, needs
from app.api.bodies import read_body
from app.api.context import Service, service_of
from app.api.problems import Problem
from app.domain.events import REBOUND
from app.intake.cloudevents import SPECVERSION, Mode, binary_event, mode_of, unpacked
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

router = APIRouter(tags=["events"], route_class=Scoped)

TAKEN = "application/json and CloudEvents as JSON, application/cloudevents[-batch]+json,"

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


@router.post(
    "/v1/events",
    summary="Record what happened to tickets",
    responses={
        **answers.documented(
            {**OUTCOME_EXAMPLE, "outcome": "duplicate"},
            "An event recorded before, or a batch of which none was refused.",
            *(400, 401, 403, 408, 409, 413, 415, 422, 429, 503),
        ),
        201: answers.described(OUTCOME_EXAMPLE, "One event, recorded or held."),
        207: answers.described(BATCH_EXAMPLE, "A batch of which some were refused."),
    },
    openapi_extra={
        **needs("ingest"),
        "requestBody": event_schema.REQUEST_BODY,
        "parameters": event_schema.PARAMETERS,
    },
)
async def post_events(request: Request) -> Response:
    """One event, or an array of up to 10,000; answers when they are durable and projected.

    CloudEvents in structured, batched or binary mode. As plain `application/json` an event may
    leave out `specversion`, and `source`, which then is the key's name.

    An event is the same again by (`subject`, `source`, `id`) and is answered as the first was. One
    that comes before its ticket's opening is `held`: recorded, and folded when the opening comes.
    """
    backfill = _backfill(request)
    content_type = _content_type(request)
    mode = mode_of(content_type, has_specversion=SPECVERSION in request.headers)
    if mode is None:
        raise Problem(415, f"{TAKEN} are taken here, not {content_type[:80] or 'nothing'}")
    posted = _Posted(service_of(request), caller_of(request), mode, backfill)
    whole = LARGEST_BATCH if mode in (Mode.BATCH, Mode.PLAIN) else LARGEST_EVENT
    body = await read_body(request, whole)
    try:
        if mode is Mode.BINARY:
            return await posted.one(binary_event(request.headers.raw, body), body)
        document = parse_json(body)
    except NotJson as error:
        raise Problem(400, f"the body is not JSON: {error}") from None
    except InvalidEvent as error:
        raise _refusal(error) from None
    if mode is Mode.BATCH and not isinstance(document, list):
        raise Problem(400, "a batch is an array of events")
    if isinstance(document, list) and mode is not Mode.STRUCTURED:
        return await posted.batch(document, body)
    return await posted.one(document, body)


ROUTE = next(each for each in router.routes if isinstance(each, Scoped))
"""The route of ``post_events``: it is asked more often than all others together."""


@router.options(
    "/v1/events",
    summary="Ask whether events may be sent here",
    responses={204: {"description": "They may."}},
    openapi_extra=OPEN,
)
async def shake_hands(request: Request) -> Response:
    """The abuse protection of CloudEvents' HTTP webhooks: this receiver takes events from anyone.

    Who sends them proves itself with its key all the same.
    """
    headers = {"Allow": "GET, POST, OPTIONS"}
    if origin := request.headers.get("webhook-request-origin"):
        headers |= {
            "WebHook-Allowed-Origin": origin,
            "WebHook-Allowed-Rate": _rate(request.headers.get("webhook-request-rate", "")),
        }
    return Response(status_code=204, headers=headers)


def _rate(asked: str) -> str:
    """The requests a minute that are allowed: those asked for, and any number where none is."""
    return asked if asked.isascii() and asked.isdigit() and int(asked[:9]) > 0 else "*"


def _content_type(request: Request) -> str:
    """What the body is said to be: it decides the mode, so it is said once."""
    said = request.headers.getlist("content-type")
    if len(said) > 1:
        raise Problem(400, "the header Content-Type stands there twice")
    return said[0] if said else ""


def _backfill(request: Request) -> bool:
    """Whether the facts are history, of which nobody is told any more (24)."""
    value = request.query_params.get("backfill", "false")
    if value not in ("true", "false"):
        raise Problem(422, "backfill: true or false", [("backfill", "true or false")])
    return value == "true"


class _TooLarge(InvalidEvent):
    """One event of a batch takes more than an event may."""


class _MayNot(InvalidEvent):
    """An event that asks for a scope of its own."""


@dataclass(frozen=True, slots=True)
class _Posted:
    """A request, and what is known of it besides its events."""

    service: Service
    caller: Caller
    mode: Mode
    backfill: bool

    async def one(self, document: object, body: bytes) -> Response:
        """Records one event."""
        if len(body) > LARGEST_EVENT:
            raise Problem(413, f"an event is at most {LARGEST_EVENT} bytes")
        fact = self._read(document, nul=b"\\u0000" in body or self.mode is Mode.BINARY)
        if isinstance(fact, InvalidEvent):
            raise _refusal(fact)
        (receipt,) = await self.service.intake.record([fact])
        if receipt.outcome == "refused":
            detail = receipt.detail or ""
            again = {"Retry-After": problems.SET_APART_FOR} if receipt.later else None
            raise Problem(
                status_of(receipt), detail, [(receipt.pointer or "", detail)], headers=again
            )
        status = 200 if receipt.outcome == "duplicate" else 201
        return answers.json(outcome_of(receipt), status)

    async def batch(self, documents: list[object], body: bytes) -> Response:
        """Records every event of a batch that can be; each has its own outcome."""
        if len(documents) > MOST_EVENTS:
            detail = f"a batch holds at most {MOST_EVENTS} events, this one {len(documents)}"
            raise Problem(413, detail)
        self.service.limits.pay(self.caller.key, len(documents) - 1)
        nul = b"\\u0000" in body
        read = [self._read_or_refuse(document, nul=nul) for document in documents]
        documents.clear()  # what is refused may be large, and waits for the others' answers
        facts = [fact for fact in read if isinstance(fact, NewFact)]
        receipts = iter(await self.service.intake.record(facts))
        results = [
            outcome_of(next(receipts)) if isinstance(each, NewFact) else each for each in read
        ]
        counts = Counter(result["outcome"] for result in results)
        answer = {
            "results": results,
            "recorded": counts["recorded"],
            "held": counts["held"],
            "duplicates": counts["duplicate"],
            "refused": counts["refused"],
        }
        return answers.json(answer, 207 if counts["refused"] else 200)

    def _read_or_refuse(self, document: object, *, nul: bool) -> NewFact | dict[str, object]:
        fact = self._read(document, nul=nul, sized=True)
        return fact if isinstance(fact, NewFact) else _refused(document, fact)

    def _read(self, document: object, *, nul: bool, sized: bool = False) -> NewFact | InvalidEvent:
        try:
            if sized and len(msgspec.json.encode(document)) > LARGEST_EVENT:
                raise _TooLarge(Fault("", f"an event is at most {LARGEST_EVENT} bytes"))
            event = unpacked(document)
            if (nul or event is not document) and (pointer := find_nul(event)) is not None:
                raise InvalidEvent(Fault(pointer, "a NUL character is not taken"))
            source = self.caller.name if self.mode is Mode.PLAIN else None
            fact = read_event(event, source, backfill=self.backfill)
        except InvalidEvent as error:
            metrics.EVENTS.labels(metrics.MALFORMED, "refused").inc()
            return error
        if fact.type == REBOUND and not self.caller.admin:
            return _MayNot(Fault("/type", f"{REBOUND} asks for the scope admin"))
        return (
            replace(fact, policies=self.caller.policies)
            if self.caller.policies is not None
            else fact
        )


def _refusal(error: InvalidEvent) -> Problem:
    return Problem(_status_of(error), str(error), _faults_of(error))


def _status_of(error: InvalidEvent) -> int:
    if isinstance(error, _TooLarge):
        return 413
    return 403 if isinstance(error, _MayNot) else 422


def _faults_of(error: InvalidEvent) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.detail) for fault in error.faults]


def status_of(receipt: Receipt) -> int:
    """The status that tells why a fact was refused."""
    if receipt.unseen:
        return 404
    if receipt.later:
        return 503
    return 409 if receipt.conflict else 422


def outcome_of(receipt: Receipt) -> dict[str, object]:
    """What became of a fact, as it is answered."""
    error = None
    if receipt.outcome == "refused":
        detail = receipt.detail or ""
        error = problems.body_of(status_of(receipt), detail, [(receipt.pointer or "", detail)])
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
    return {
        **named,
        "outcome": "refused",
        "version": None,
        "position": None,
        "error": problems.body_of(_status_of(error), str(error), _faults_of(error)),
    }
