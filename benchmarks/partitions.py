"""The tickets in one table, and in hash partitions by bucket: what is asked of both."""

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import TypeAlias

import asyncpg

from app.projections.tickets import ALL_BUCKETS
from app.store.database import query
from benchmarks import many, processes
from benchmarks.ground import Ground, plain

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

PARTS = 16
PAGE = 21
ROWS = 300
ONE, PARTED = "one table", f"{PARTS} partitions"
TABLES = {ONE: "whole", PARTED: "parted"}

PAGE_BY_MARK = """
    SELECT ticket_id, state FROM {} AS t WHERE t.bucket = ANY ($1::smallint[])
    ORDER BY t.next_due_at, t.ticket_id LIMIT $2
"""
CLAIM = """
    SELECT bucket, ticket_id, state FROM {} AS t
    WHERE t.next_due_at <= 'infinity' AND t.bucket = ANY ($1::smallint[])
    ORDER BY t.next_due_at, t.ticket_id LIMIT $2 FOR UPDATE SKIP LOCKED
"""
READ = "SELECT state FROM {} WHERE bucket = $1 AND ticket_id = $2"
WRITE = """
    UPDATE {} AS t
    SET version = t.version + 1, next_due_at = t.next_due_at + interval '1 s', state = t.state
    FROM unnest($1::smallint[], $2::text[]) AS k (bucket, ticket_id)
    WHERE t.bucket = k.bucket AND t.ticket_id = k.ticket_id
"""
STATEMENTS = {
    "a page by next mark": PAGE_BY_MARK,
    f"claim {ROWS} that are due": CLAIM,
    "read one ticket": READ,
    f"write {ROWS} rows by their keys": WRITE,
}


async def compare(ground: Ground, tickets: int, times: int) -> str:
    """A table of milliseconds, for so many open tickets."""
    url = await ground.copy(await many.open_tickets(ground, tickets))
    found = await processes.call("benchmarks.partitions:run", url=url, times=times)
    await ground.drop(url)
    rows = [f"| {tickets:,} open tickets | {ONE} | {PARTED} |", "| --- | --- | --- |"]
    for what, each in found.items():
        rows.append(f"| {what} | {each[ONE]:.2f} ms | {each[PARTED]:.2f} ms |")
    return "\n".join(rows)


async def run(url: str, times: int) -> dict[str, dict[str, float]]:
    """The median of each statement, both tables in turns; what is written is rolled back."""
    connection = await asyncpg.connect(plain(url))
    try:
        await _make(connection)
        keys = await connection.fetch(
            f"SELECT bucket, ticket_id FROM tickets ORDER BY md5(ticket_id) LIMIT {ROWS}"  # noqa: S608  # a number
        )
        return {
            what: await _times(connection, statement, _arguments(statement, keys), times)
            for what, statement in STATEMENTS.items()
        }
    finally:
        await connection.close()


async def _make(connection: Connection) -> None:
    await connection.execute("CREATE TABLE whole (LIKE tickets INCLUDING ALL) WITH (fillfactor=80)")
    await connection.execute(
        "CREATE TABLE parted (LIKE tickets INCLUDING ALL) PARTITION BY HASH (bucket)"
    )
    for number in range(PARTS):
        await connection.execute(
            f"CREATE TABLE parted_{number} PARTITION OF parted"
            f" FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {number}) WITH (fillfactor=80)"
        )
    for table in TABLES.values():
        await connection.execute(f"INSERT INTO {table} SELECT * FROM tickets")  # noqa: S608  # names from above
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")


def _arguments(statement: str, keys: Sequence[asyncpg.Record]) -> Callable[[int], Sequence[object]]:
    """What is bound the n-th time."""
    if statement is READ:
        return lambda turn: tuple(keys[turn % len(keys)])
    if statement is WRITE:
        columns = [list(column) for column in zip(*sorted(map(tuple, keys)), strict=True)]
        return lambda _: columns
    most = PAGE if statement is PAGE_BY_MARK else ROWS
    return lambda _: (ALL_BUCKETS, most)


async def _times(
    connection: Connection,
    statement: str,
    arguments: Callable[[int], Sequence[object]],
    times: int,
) -> dict[str, float]:
    seconds: dict[str, list[float]] = {name: [] for name in TABLES}
    for turn in range(times + 1):
        for name, table in TABLES.items():
            await connection.execute(query("begin_recording"))
            since = time.perf_counter()
            await connection.fetch(statement.format(table), *arguments(turn))
            seconds[name].append(time.perf_counter() - since)
            await connection.execute("ROLLBACK")
    return {name: median(each[1:]) * 1000 for name, each in seconds.items()}
