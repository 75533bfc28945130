"""The figures of an attainment report as anybody would ask PostgreSQL for them."""

import time
from datetime import datetime
from statistics import median

import asyncpg

from benchmarks.ground import plain

STATEMENT = """
    SELECT policy_id, severity, count(*) FILTER (WHERE verdict = 'met') AS met,
           count(*) FILTER (WHERE verdict = 'breached') AS breached,
           percentile_cont(ARRAY[0.5, 0.9, 0.99]) WITHIN GROUP (ORDER BY elapsed_seconds)
    FROM outcomes
    WHERE verdict IS NOT NULL AND ended_at >= $1 AND ended_at < $2
    GROUP BY GROUPING SETS ((policy_id, severity), ())
"""


async def run(url: str, times: int, since: str, until: str) -> dict[str, float]:
    """Seconds it takes: the median."""
    connection = await asyncpg.connect(plain(url))
    period = datetime.fromisoformat(since), datetime.fromisoformat(until)
    try:
        await connection.fetch(STATEMENT, *period)
        seconds = []
        for _ in range(times):
            began = time.perf_counter()
            await connection.fetch(STATEMENT, *period)
            seconds.append(time.perf_counter() - began)
    finally:
        await connection.close()
    return {"median": median(seconds)}
