"""Webhooks: delivered and settled; and what one receiver that hangs does to the others."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import asyncpg

from app.store.sealed import new_key
from benchmarks import processes
from benchmarks.ground import Ground, plain
from benchmarks.measure import Contender, Line, Plan, Result, Row, Turn, in_turns

SUBSCRIBERS = 20
AT_ONCE = 64
BYTES = 1200
"""About as long as a webhook about an escalation."""

PACE = 0.05
"""Seconds from one ticket's deliveries to the next one's, where they do not all come at once."""

HANGS = """
    UPDATE subscriptions SET url = replace(url, '/answers/', '/hangs/')
    WHERE subscription_id = 'bench-0'
"""
IS_NOT_THERE = "UPDATE subscriptions SET enabled = false WHERE subscription_id = 'bench-0'"
ALL_AT_ONCE = """
    CREATE TABLE bench_due AS
    SELECT bucket, delivery_id, due_at FROM deliveries WHERE status = 'pending'
"""
IN_TURNS = f"""
    WITH paced AS (
        SELECT bucket, delivery_id, dense_rank() OVER (ORDER BY ticket_id) AS place
        FROM deliveries
    )
    UPDATE deliveries AS d
    SET due_at = clock_timestamp() + CASE
        WHEN place <= {{tickets}} THEN interval '2 s' + (place * {PACE}) * interval '1 s'
        ELSE interval '1 day' END
    FROM paced AS p
    WHERE p.bucket = d.bucket AND p.delivery_id = d.delivery_id
"""  # noqa: S608  # numbers of this module


@dataclass(frozen=True, slots=True)
class Outbox:
    """A database in which deliveries wait; each turn gets a copy."""

    ground: Ground
    prepared: str
    key: str

    async def deliver(self, *statements: str) -> dict[str, float]:
        """What came of delivering it all, after some statements."""
        url = await self.ground.copy(self.prepared)
        connection = await asyncpg.connect(plain(url))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()
        await self.ground.settle()
        before = self.ground.seconds()
        found = await processes.call("benchmarks.telling:deliver", url=url, key=self.key)
        if before is not None and (now := self.ground.seconds()) is not None:
            found["PostgreSQL"] = now - before
        await self.ground.drop(url)
        return found

    async def rate(self, *statements: str) -> Turn:
        """A turn in which everything is due at once."""
        found = await self.deliver(ALL_AT_ONCE, *statements)
        used = {"process": found["processor"], "PostgreSQL": found.get("PostgreSQL", 0.0)}
        elapsed = found["elapsed"]
        return Turn(
            found["delivered"] / elapsed, {name: each / elapsed for name, each in used.items()}
        )

    async def p99(self, tickets: int, *statements: str) -> Turn:
        """A turn in which one ticket's deliveries come due after the other's: milliseconds."""
        found = await self.deliver(IN_TURNS.format(tickets=tickets), ALL_AT_ONCE, *statements)
        return Turn(found["p99"])


async def measure(ground: Ground, plan: Plan) -> list[Line]:
    """Beside the client alone; then with one of the receivers hanging, beside without it."""
    tickets, paced = plan.size(30, 1500), plan.size(20, 100)
    async with receiving() as port:
        outbox = Outbox(ground, await ground.migrated(), new_key())
        await processes.call(
            "benchmarks.telling:prepare",
            url=outbox.prepared,
            key=outbox.key,
            port=port,
            tickets=tickets,
            subscribers=SUBSCRIBERS,
        )
        client = partial(_client, port, tickets * SUBSCRIBERS)
        results = await in_turns(
            plan,
            (
                Contender("webhooks delivered and settled", outbox.rate),
                Contender(f"the HTTP client alone, {AT_ONCE} at once", client),
                Contender("19 receivers, one more hangs", partial(outbox.rate, HANGS)),
                Contender("19 receivers", partial(outbox.rate, IS_NOT_THERE)),
                Contender("p99, one more hangs", partial(outbox.p99, paced, HANGS), "ms"),
                Contender("p99 of 19 receivers", partial(outbox.p99, paced, IS_NOT_THERE), "ms"),
            ),
        )
        await ground.drop(outbox.prepared)
    return _lines(results, tickets * SUBSCRIBERS)


def _lines(results: Sequence[Result], deliveries: int) -> list[Line]:
    ours, client, hanging, without, late, late_without = results
    pace = f"{SUBSCRIBERS} each {PACE * 1000:.0f} ms"
    return [
        Row(f"{deliveries:,} webhooks to {SUBSCRIBERS} receivers, settled", ours, client, 0.6),
        Row("the same, 1 of 20 receivers hanging: the others'", hanging, without, 0.9),
        Row(f"due → settled, {pace}, 1 of 20 hanging: the others' p99", late, late_without,
            ceiling=1.1),
    ]  # fmt: skip


async def _client(port: int, requests: int) -> Turn:
    found = await processes.call(
        "benchmarks.telling:send", port=port, requests=requests, at_once=AT_ONCE, bytes_each=BYTES
    )
    elapsed = found["elapsed"]
    return Turn(found["sent"] / elapsed, {"process": found["processor"] / elapsed})


@asynccontextmanager
async def receiving() -> AsyncIterator[int]:
    """The port of a receiver in a process of its own."""
    process = await processes.start("-m", "benchmarks.receiver")
    assert process.stdout is not None
    try:
        yield int(await process.stdout.readline())
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
