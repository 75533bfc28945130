"""How late marks are raised where many tickets are open and many marks come due each second."""

import asyncio
import json
import urllib.request
from datetime import UTC, datetime, timedelta
from itertools import count

import asyncpg

from benchmarks import many, processes
from benchmarks.deadlines import AFTER
from benchmarks.ground import Ground, plain
from benchmarks.measure import Alone, Plan, Result, Turn
from benchmarks.served import serving
from benchmarks.tickets import BATCH

A_SECOND = 100
LEAD = 1.5
"""Seconds between the last opening and the first mark, and after the last mark."""

CEILING = 50.0
_RUNS = count()

RAISED = """
    SELECT count(*) AS raised,
           1000 * extract(epoch FROM min(recorded_at - due_at)) AS earliest,
           percentile_cont(ARRAY[0.5, 0.99])
           WITHIN GROUP (ORDER BY 1000 * extract(epoch FROM {committed} - due_at)) AS late
    FROM (SELECT e.xmin, e.recorded_at, (e.data ->> 'target_at')::timestamptz AS due_at
          FROM events AS e
          WHERE e.type = 'sla.escalated' AND starts_with(e.ticket_id, $1)
            AND e.position > $2) AS raised
"""
"""By the database's own time of the commit; where it keeps none, by when the row was recorded."""


class NotOnTime(Exception):
    """A mark was raised early, or not at all."""


async def measure(ground: Ground, plan: Plan) -> list[Alone]:
    """Every turn opens tickets whose managers are to be told in the seconds after."""
    tickets, seconds = plan.size(5000, 1_000_000), plan.size(3, 15)
    url = await many.open_tickets(ground, tickets)
    p50, p99 = [], []
    async with serving(ground, url) as served:
        for number in range(1, plan.rounds + 1):
            found = await late(url, served.port, seconds)
            p50.append(Turn(found["p50"]))
            p99.append(Turn(found["p99"]))
            print(f"  round {number}: {found['p50']:.1f} ms, p99 {found['p99']:.1f} ms")
    await many.forget(ground, url)
    what = f"due → committed, {tickets:,} tickets open, {A_SECOND} due a second"
    return [
        Alone(f"{what}: the middle one", Result("lateness", tuple(p50), "ms")),
        Alone(f"{what}: p99", Result("lateness, p99", tuple(p99), "ms"), CEILING),
    ]


async def late(url: str, port: int, seconds: int) -> dict[str, float]:
    """Milliseconds from due to committed, of so many seconds' marks; NotOnTime."""
    run = f"late-{next(_RUNS)}-"
    connection = await asyncpg.connect(plain(url))
    try:
        begin = await connection.fetchval("SELECT last_value FROM event_position")
        due = seconds * A_SECOND
        opened = await processes.call("benchmarks.lateness:open_due", port=port, run=run, due=due)
        await asyncio.sleep(opened["until"] + LEAD)
        keeps = await connection.fetchval("SHOW track_commit_timestamp") == "on"
        committed = "pg_xact_commit_timestamp(xmin)" if keeps else "recorded_at"
        (found,) = await connection.fetch(RAISED.format(committed=committed), run, begin)
    finally:
        await connection.close()
    if found["raised"] != due or found["earliest"] < 0:
        raise NotOnTime(f"of {due} due: {dict(found)}")
    return {"p50": float(found["late"][0]), "p99": float(found["late"][1])}


def open_due(port: int, run: str, due: int) -> dict[str, float]:
    """Opens tickets whose first marks come due one after the other, soon; says when the last is."""
    first = datetime.now(UTC) + timedelta(seconds=LEAD * 2 + due / 2000)
    at = [first + timedelta(seconds=number / A_SECOND) for number in range(due)]
    for start in range(0, due, BATCH):
        numbers = range(start, min(start + BATCH, due))
        _post(port, [_opening(f"{run}{number}", at[number] - AFTER) for number in numbers])
    now = datetime.now(UTC)
    if now >= first:
        raise NotOnTime("opening the tickets took longer than their marks to come due")
    return {"until": (at[-1] - now).total_seconds()}


def _opening(ticket_id: str, at: datetime) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": f"{ticket_id}-1",
        "source": "bench",
        "type": "ticket.opened",
        "subject": ticket_id,
        "time": at.isoformat(),
        "data": {"policy": "portaone", "severity": "P2", "title": "Calls fail"},
    }


def _post(port: int, events: list[dict[str, object]]) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/events",
        json.dumps(events).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # loopback
        answer.read()
