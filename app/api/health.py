"""``/healthz`` and ``/readyz``: whether the process is up, and whether it can do its work."""

import functools

import asyncpg
from fastapi import APIRouter, Request, Response

from app.api import answers
from app.api.access import OPEN, Scoped, admit
from app.api.context import service_of
from app.api.problems import RETRY_AFTER, Problem
from app.projections.tickets import ALL_BUCKETS
from app.store import schema
from app.store.database import Connection, query

router = APIRouter(tags=["health"], route_class=Scoped)

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
    """
    may_read = await _may_read(request)  # it may need a connection of its own
    async with service_of(request).database.connection() as connection:
        detail: dict[str, object] = {
            "database": "reachable",
            "schema": await _checked_schema(connection),
        }
        if may_read:
            detail["unheard_last_day"] = await _unheard_roles(connection)
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
