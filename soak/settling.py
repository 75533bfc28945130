"""The end of a run: waits until all that was due is raised and all that was to be told is told."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import asyncpg

from soak.findings import Findings
from soak.ground import Ground
from soak.readers import Reader

QUIET_WITHIN = 240.0
READ_WITHIN = 60.0
LOOK_EVERY = 0.5

QUIET = """
WITH now AS MATERIALIZED (SELECT clock_timestamp() AS now)
SELECT now,
       (SELECT count(*) FROM tickets WHERE next_due_at <= now) AS due,
       (SELECT count(*) FROM tickets WHERE next_due_at <= now + interval '30 seconds') AS soon,
       (SELECT count(*) FROM deliveries WHERE status = 'pending') AS waiting
FROM now
"""
HURRY = """
UPDATE deliveries SET due_at = clock_timestamp()
WHERE status = 'pending' AND due_at > clock_timestamp() + interval '5 seconds'
"""


async def until_quiet(ground: Ground, findings: Findings, *, hurried: bool) -> datetime:
    """Answers an instant of the database's clock at which nothing was due and nothing to be told.

    Unless ``hurried`` nothing is due within half a minute either; if it is, leases of the dead and
    the times of further attempts are not waited for.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + QUIET_WITHIN
    while True:
        async with ground.connection() as connection:
            row = await connection.fetchrow(QUIET)
            assert row is not None  # noqa: S101  # it counts
            if not (row["due"] or row["waiting"] or (row["soon"] and not hurried)):
                return _instant(row)
            if loop.time() > until:
                left = {name: row[name] for name in ("due", "soon", "waiting")}
                findings.breaks("what is due is raised, and told", str(left))
                return _instant(row)
            if hurried:
                await connection.execute(HURRY)
        await asyncio.sleep(LOOK_EVERY)


async def until_read(ground: Ground, readers: Sequence[Reader], findings: Findings) -> None:
    """Waits until the readers have come to the end of the log."""
    async with ground.connection() as connection:
        end = await connection.fetchval("SELECT max(position) FROM events")
    loop = asyncio.get_running_loop()
    until = loop.time() + READ_WITHIN
    for reader in readers:
        while reader.last < end and loop.time() < until:
            await asyncio.sleep(0.1)
        if reader.last < end:
            what = f"{reader.name} stands at {reader.last} of {end}"
            findings.breaks("a reader comes to the end of the log", what)


def _instant(row: asyncpg.Record) -> datetime:
    instant: datetime = row["now"]
    return instant
