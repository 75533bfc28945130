"""``/healthz`` and ``/readyz``: whether the process is up, and whether it can do its work."""

import functools
from itertools import islice

import asyncpg
from fastapi import APIRouter, Request, Response

from app.api import answers
from app.api.access import OPEN, Scoped, admit
from app.api.connection import UNREAD_NOW
from app.api.context import Service, service_of
from app.api.problems import RETRY_AFTER, Problem
from app.clock import monotonic
from app.projections.tickets import ALL_BUCKETS
from app.store import schema
from app.store.database import Connection, query
from app.webhooks.breaker import CLOSED

router = APIRouter(tags=["health"], route_class=Scoped)

MOST_NAMED = 100
"""Of each kind of what is set apart."""

needed_schema = functools.cache(schema.needed)


@router.get(
    "/healthz",
    summary="Whether the process is up",
    responses=answers.documented({"status": "ok"}, "It is up."),
    openapi_extra=OPEN,
)
async def healthz() -> Response:
    """Asks nothing of the database: an outage there is no reason to start this process anew."""
    return answers.json({"status": "ok"})


@router.get(
    "/readyz",
    summary="Whether the service can do its work",
    responses=answers.documented(
        {
            "status": "ready",
            "detail": {
                "database": "reachable",
                "schema": "0002",
                "unheard_last_day": {"cto": 2},
                "set_apart": {
                    "tickets": [{"ticket_id": "T-1", "reason": "its state cannot be read"}],
                    "more_tickets": 0,
                    "policies": [
                        {"policy": "acme", "version": "sha256:…", "reason": "line 3: no such word"}
                    ],
                    "subscriptions": [
                        {
                            "subscription_id": "sub_4f0c",
                            "breaker": "open",
                            "pending": 12,
                            "oldest_pending_seconds": 81.5,
                        }
                    ],
                    "readers": [{"client": "10.0.0.7", "unread_seconds": 12.0}],
                },
            },
        },
        "The database answers and has the schema that is needed.",
        503,
    ),
    openapi_extra=OPEN,
)
async def readyz(request: Request) -> Response:
    """Whether the database can be reached and has the right schema.

    `unheard_last_day` names the roles that an escalation was for within the last day while no
    enabled subscription heard them, and how often, the newest thousand counted; where there are
    keys, it is told to those who have one.

    To them `set_apart` names what this process leaves aside so that the rest goes on: tickets that
    cannot be judged, policies that cannot be loaded, subscriptions whose breaker is not closed, and
    clients that do not read their answers. None of it makes the service less ready.
    """
    may_read = await _may_read(request)  # it may need a connection of its own
    set_apart = await _set_apart(service_of(request)) if may_read else None
    async with service_of(request).database.connection() as connection:
        detail: dict[str, object] = {
            "database": "reachable",
            "schema": await _checked_schema(connection),
        }
        if may_read:
            detail["unheard_last_day"] = await _unheard_roles(connection)
            detail["set_apart"] = set_apart
    return answers.json({"status": "ready", "detail": detail})


async def _may_read(request: Request) -> bool:
    try:
        return (await admit(request, "read")).policies is None
    except Problem:
        return False


async def _checked_schema(connection: Connection) -> str:
    """The database's schema; 503 if it is not the one that this version of the code needs."""
    try:
        present: str | None = await connection.fetchval(query("schema_version"))
    except asyncpg.UndefinedTableError:
        present = None
    if present is None or present != needed_schema():
        raise Problem(
            503,
            f"the database's schema is {present or 'empty'}, this version needs "
            f"{needed_schema()}: run `escalator migrate`",
            headers={"Retry-After": RETRY_AFTER},
        )
    return present


async def _unheard_roles(connection: Connection) -> dict[str, int]:
    rows = await connection.fetch(query("unheard_roles"), ALL_BUCKETS)
    return {row["role"]: row["escalations"] for row in rows}


async def _set_apart(service: Service) -> dict[str, object]:
    reading = await service.gauges.read()
    tickets = service.set_apart.reasons()
    return {
        "tickets": [
            {"ticket_id": ticket_id, "reason": reason}
            for ticket_id, reason in islice(tickets.items(), MOST_NAMED)
        ],
        "more_tickets": max(0, len(tickets) - MOST_NAMED),
        "policies": [
            {"policy": policy_id, "version": version, "reason": reason}
            for (policy_id, version), reason in service.policies.unreadable.items()
        ],
        "subscriptions": [
            {
                "subscription_id": each.id,
                "breaker": each.breaker,
                "pending": each.waiting,
                "oldest_pending_seconds": each.oldest_seconds,
            }
            for each in (reading.subscriptions if reading is not None else ())
            if each.enabled and each.breaker != CLOSED
        ],
        "readers": [
            {"client": each.client_host, "unread_seconds": monotonic() - each.unread_since}
            for each in islice(UNREAD_NOW, MOST_NAMED)
        ],
    }
