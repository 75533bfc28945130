"""Webhooks of a few tickets, where the outbox keeps many that were delivered long ago."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count

import asyncpg

from app.store.sealed import new_key
from benchmarks import processes
from benchmarks.ground import Ground, plain
from benchmarks.webhooks import ALL_AT_ONCE, SUBSCRIBERS, receiving

LONG_AGO = (
    """
    INSERT INTO deliveries (bucket, delivery_id, subscription_id, ticket_id, event_id, sequence,
                            status, attempts, created_at, queued_at, due_at, first_attempt_at,
                            settled_at)
    SELECT bucket, md5(ticket_id), 'long-ago', ticket_id, 'e', 1, 'delivered', 1, opened_at,
           opened_at, opened_at, opened_at, opened_at
    FROM tickets
    """,
    """
    INSERT INTO delivery_attempts (bucket, delivery_id, attempt, at, status, took_seconds, answer)
    SELECT bucket, delivery_id, 1, created_at, 204, 0.1, '' FROM deliveries
    """,
    "VACUUM ANALYZE deliveries",
    "VACUUM ANALYZE delivery_attempts",
)
NOT_YET = "DROP TABLE IF EXISTS bench_due"
LEFT_OUT = 1
"""Of the subscriptions: what is counted leaves out the one that hangs elsewhere."""

Deliver = Callable[[int], Awaitable[float]]


@asynccontextmanager
async def filled(ground: Ground, url: str) -> AsyncIterator[Deliver]:
    """Tells of so many tickets, and answers how many webhooks a second were settled."""
    key, runs = new_key(), count()
    await _run(url, *LONG_AGO)
    await ground.settle()
    async with receiving() as port:

        async def deliver(tickets: int) -> float:
            run = next(runs)
            await processes.call(
                "benchmarks.telling:prepare",
                url=url,
                key=key,
                port=port,
                tickets=tickets,
                subscribers=SUBSCRIBERS if run == 0 else 0,
                run=f"told-{run}-",
            )
            await _run(url, NOT_YET, ALL_AT_ONCE)
            await ground.settle()
            found = await processes.call("benchmarks.telling:deliver", url=url, key=key)
            share = SUBSCRIBERS / (SUBSCRIBERS - LEFT_OUT)
            return float(found["delivered"] * share / found["elapsed"])

        yield deliver


async def _run(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(plain(url))
    try:
        for statement in statements:
            await connection.execute(statement, timeout=600)
    finally:
        await connection.close()
