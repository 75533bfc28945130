"""One event a request, on 32 connections."""

from functools import partial

import asyncpg

from benchmarks import processes
from benchmarks.ground import Ground, plain
from benchmarks.measure import Contender, Plan, Row, Turn, in_turns
from benchmarks.served import Served, serving

CONNECTIONS = 32
REQUESTS = 1000
"""Of each connection, at most."""

WHAT = f"one event a request, {CONNECTIONS} connections, answered when durable and projected"


class NotKept(Exception):
    """The service has acknowledged events that are not in its log."""


async def measure(ground: Ground, plan: Plan) -> list[Row]:
    """Beside parsing alone, and beside the `eventsourcing` library."""
    url = await ground.migrated()
    library_url = await ground.empty()
    seconds = plan.size(1, 3)
    async with serving(ground, url) as served:
        load = partial(
            served.load, connections=CONNECTIONS, requests=REQUESTS, seconds=float(seconds)
        )
        contenders = (
            Contender("POST /v1/events", partial(load, "/v1/events")),
            Contender("a route that only parses", partial(load, "/bench/parse")),
            Contender("eventsourcing, save()", partial(saves, library_url, seconds)),
        )
        await load("/v1/events")
        await load("/bench/parse")
        ours, parsing, saving = await in_turns(plan, contenders)
        await check_kept(served, url)
    await ground.drop(url)
    await ground.drop(library_url)
    return [Row(WHAT, ours, parsing, 0.6), Row("the same", ours, saving, 4.0)]


async def saves(url: str, seconds: float) -> Turn:
    """A turn of the library's."""
    found = await processes.call(
        "benchmarks.peers.eventsourcing_saves:run", url=url, seconds=seconds
    )
    elapsed = found["elapsed"]
    return Turn(found["saved"] / elapsed, {"process": found["processor"] / elapsed})


async def check_kept(served: Served, url: str) -> None:
    """NotKept unless the log holds exactly what was acknowledged, and the tickets all of it."""
    connection = await asyncpg.connect(plain(url))
    try:
        facts = await connection.fetchval("SELECT count(*) FROM events WHERE source = 'bench'")
        log = await connection.fetchval("SELECT count(*) FROM events")
        shown = await connection.fetchval("SELECT sum(version) FROM tickets")
    finally:
        await connection.close()
    if facts != served.acknowledged or log != shown:
        raise NotKept(
            f"acknowledged {served.acknowledged}, in the log {facts}; "
            f"with SLA events {log}, by the tickets' versions {shown}"
        )
