"""The least that could be done: the same rows into a bare log table, one statement a batch."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg
import msgspec

from app.store.database import bucket_of
from benchmarks import tickets
from benchmarks.ground import plain

TABLE = """
    CREATE TABLE bare_log (
        bucket      smallint    NOT NULL,
        ticket_id   text        NOT NULL,
        version     bigint      NOT NULL,
        position    bigint      NOT NULL,
        type        text        NOT NULL,
        source      text        NOT NULL,
        event_id    text        NOT NULL,
        time        timestamptz,
        recorded_at timestamptz NOT NULL,
        data        json        NOT NULL,
        PRIMARY KEY (bucket, ticket_id, version)
    )
"""
INSERT = """
    INSERT INTO bare_log
    SELECT * FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[],
                         $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[], $10::json[])
"""
WARM_UP = 3


async def run(url: str, batches: int, batch: int) -> dict[str, float]:
    """Inserts so many batches, their rows made beforehand, on one connection."""
    events = tickets.mixed("plain", batch // 4, (batches + WARM_UP) * batch)
    columns = [
        _columns(events[start : start + batch], start) for start in range(0, len(events), batch)
    ]
    connection = await asyncpg.connect(plain(url))
    try:
        await connection.execute("DROP TABLE IF EXISTS bare_log")
        await connection.execute(TABLE)
        for each in columns[:WARM_UP]:
            await connection.execute(INSERT, *each)
        used, since = time.process_time(), time.perf_counter()
        for each in columns[WARM_UP:]:
            await connection.execute(INSERT, *each)
        elapsed = time.perf_counter() - since
        used = time.process_time() - used
    finally:
        await connection.close()
    return {"rows": batches * batch, "elapsed": elapsed, "processor": used}


def _columns(events: Sequence[tickets.Event], first: int) -> list[tuple[object, ...]]:
    now = datetime.now(UTC)
    rows = [
        (
            bucket_of(str(event["subject"])),
            event["subject"],
            int(str(event["id"])[-1]),
            first + number,
            event["type"],
            event["source"],
            event["id"],
            None,
            now,
            msgspec.json.encode(event["data"]).decode(),
        )
        for number, event in enumerate(events)
    ]
    return list(zip(*rows, strict=True))
