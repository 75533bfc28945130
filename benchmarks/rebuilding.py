"""Folding the whole log again, in two processes."""

import re
import resource
import time
from functools import partial

import asyncpg

from app.rebuilding import rebuild_all
from app.store.database import BUCKETS
from benchmarks import many, processes
from benchmarks.ground import Ground, plain
from benchmarks.measure import Contender, Plan, Row, Turn, in_turns

PROCESSES = 2
MOST_ROUNDS = 3
"""A round of a million events takes more than a minute."""

READ = """
    SELECT ticket_id, version, position, type, source, event_id, time, recorded_at, policy_id,
           policy_version, data
    FROM events WHERE bucket = $1 ORDER BY ticket_id, version
"""
SIZES = "SELECT (SELECT count(*) FROM events) AS events, (SELECT count(*) FROM tickets) AS tickets"
KEPT = """
    SELECT md5(string_agg(row_hash, '' ORDER BY row_hash))
    FROM (SELECT md5(t::text) AS row_hash FROM tickets AS t
          UNION ALL SELECT md5(o::text) FROM outcomes AS o
          UNION ALL SELECT md5(e::text) FROM escalations AS e) AS rows
"""
EMPTY = "TRUNCATE tickets, ticket_words, outcomes, escalations, held_facts"


class NotTheSame(Exception):
    """What was rebuilt is not what was there."""


async def measure(ground: Ground, plan: Plan) -> list[Row]:
    """Beside reading the same rows, and beside the `eventsourcing` library reading its own log."""
    url = await many.log(ground, plan.size(10_000, 1_000_000))
    library_url = await ground.empty()
    saved = plan.size(5_000, 200_000)
    await processes.call(
        "benchmarks.peers.eventsourcing_reads:prepare", url=library_url, events=saved
    )
    await processes.call("benchmarks.rebuilding:run", url=url)  # copies came without escalations
    events, tickets = await _look(url, SIZES)
    before = await _look(url, KEPT)
    ours, anew, reading, library = await in_turns(
        Plan(min(plan.rounds, MOST_ROUNDS), plan.quick),
        (
            Contender(
                f"rebuild, {PROCESSES} processes",
                partial(_turn, ground, "benchmarks.rebuilding:run", url),
            ),
            Contender("rebuild of tables that have been emptied", partial(_anew, ground, url)),
            Contender(
                "reading the same log with asyncpg, unfolded",
                partial(_turn, ground, "benchmarks.rebuilding:read", url),
            ),
            Contender(
                "eventsourcing reading its own log",
                partial(_turn, ground, "benchmarks.peers.eventsourcing_reads:run", library_url),
            ),
        ),
    )
    if await _look(url, KEPT) != before:
        raise NotTheSame("the rows are others than before")
    await many.forget(ground, url)
    await ground.drop(library_url)
    what = f"rebuild of {events:,} events / {tickets:,} tickets, {PROCESSES} processes"
    return [
        Row(what, ours, reading, 0.25),
        Row("the same", ours, library, 0.7),
        Row("the same, of tables that have been emptied", anew, reading),
    ]


async def _anew(ground: Ground, url: str) -> Turn:
    connection = await asyncpg.connect(plain(url))
    try:
        await connection.execute(EMPTY)
    finally:
        await connection.close()
    return await _turn(ground, "benchmarks.rebuilding:run", url)


async def _look(url: str, statement: str) -> tuple[int, ...]:
    connection = await asyncpg.connect(plain(url))
    try:
        (row,) = await connection.fetch(statement)
        return tuple(row)
    finally:
        await connection.close()


async def _turn(ground: Ground, target: str, url: str) -> Turn:
    await ground.settle()
    before = ground.seconds()
    found = await processes.call(target, url=url)
    elapsed = found["elapsed"]
    used = {"process": found["processor"] / elapsed}
    if before is not None and (now := ground.seconds()) is not None:
        used["PostgreSQL"] = (now - before) / elapsed
    return Turn(found["events"] / elapsed, used)


def run(url: str) -> dict[str, float]:
    """Rebuilds everything, as `escalator rebuild` does."""
    said: list[str] = []
    since = time.perf_counter()
    rebuild_all(url, PROCESSES, said.append)
    elapsed = time.perf_counter() - since
    events = re.search(r"([\d,]+) events,", said[-1])
    assert events is not None
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = children.ru_utime + children.ru_stime
    return {"events": int(events[1].replace(",", "")), "elapsed": elapsed, "processor": used}


async def read(url: str) -> dict[str, float]:
    """Reads every row of the log, bucket by bucket, on one connection."""
    connection = await asyncpg.connect(plain(url))
    try:
        used, since = time.process_time(), time.perf_counter()
        events = 0
        for bucket in range(BUCKETS):
            events += len(await connection.fetch(READ, bucket))
        elapsed = time.perf_counter() - since
        used = time.process_time() - used
    finally:
        await connection.close()
    return {"events": events, "elapsed": elapsed, "processor": used}
