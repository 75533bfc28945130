"""Databases with many tickets: real ones, recorded by the service, multiplied by SQL.

A copy differs from its original in its id, its bucket and its places in the log. Their next marks
lie as far ahead as the originals', those of half an hour at least: what is measured is not how
copies come due.
"""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

import asyncpg

from app.policy_files import load_folder
from app.recording.recorder import Recorder
from app.settings import Settings
from app.store.database import Database, bucket_of
from app.store.policies import PolicyBook
from benchmarks import past, processes
from benchmarks.ground import Ground, plain

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

ORIGINALS = 2000
CHUNK = 250
LASTING = "(t.next_due_at IS NULL OR t.next_due_at > clock_timestamp() + interval '50 minutes')"
OPEN = f"t.status <> 'resolved' AND {LASTING}"
ALL = "TRUE"

MULTIPLIED = ("tickets", "ticket_words", "events", "outcomes")
EMPTIED = (*MULTIPLIED, "escalations", "held_facts", "deliveries", "delivery_attempts")

COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position
"""
INDEXES = """
    SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS made
    FROM pg_index AS i
    WHERE i.indrelid = ANY ($1::regclass[]) AND NOT EXISTS (
        SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)
"""
SAME_BUT_FOR: Mapping[str, str] = {
    "bucket": "c.bucket",
    "ticket_id": "c.ticket_id",
    "position": "nextval('event_position')",
    "state": "replace(o.state::text, to_json(o.ticket_id)::text, to_json(c.ticket_id)::text)::json",
}
"""How a copy's columns differ."""

NEW_ID = "CASE WHEN o.source = 'escalator' THEN md5(o.event_id || c.ticket_id) ELSE o.event_id END"
OF_EVENTS: Mapping[str, str] = {
    "event_id": NEW_ID,
    "data": "replace(replace(o.data::text, to_json(o.ticket_id)::text, to_json(c.ticket_id)::text),"
    f" to_json(o.event_id)::text, to_json({NEW_ID})::text)::json",
}
"""What the service has appended has an id of its own, and names its ticket within its data."""

OF_OUTCOMES: Mapping[str, str] = {
    "elapsed_seconds": "o.elapsed_seconds * (0.5 + random())",
    "ended_at": "o.ended_at - random() * interval '20 days'",
}
"""Of finished cycles no two are alike, or to sort them would be too easy."""

BESIDES = {"events": OF_EVENTS, "outcomes": OF_OUTCOMES}


async def open_tickets(ground: Ground, count: int) -> str:
    """The URL of a database with so many open tickets; whoever asks for it next gets the same."""
    return await _kept(ground, f"{count} open tickets", tickets=count, which=OPEN)


async def outcomes(ground: Ground, count: int) -> str:
    """The URL of a database with so many finished cycles, and nothing else."""
    return await _kept(
        ground, f"{count} outcomes", rows=count, of="outcomes", which=ALL, tables=["outcomes"]
    )


async def log(ground: Ground, count: int) -> str:
    """The URL of a database whose log has so many events, five a ticket, with all they mean."""
    return await _kept(ground, f"{count} events", tickets=count // 5, which="t.version = 5")


async def bare_log(ground: Ground, count: int) -> str:
    """The URL of a database whose log has so many events, and nothing else."""
    return await _kept(
        ground, f"{count} bare events", rows=count, of="events", which=ALL, tables=["events"]
    )


async def _kept(ground: Ground, name: str, **how: object) -> str:
    if name not in ground.kept:
        since = time.perf_counter()
        if "base" not in ground.kept:
            ground.kept["base"] = base = await ground.migrated()
            await processes.call("benchmarks.many:record", url=base, tickets=ORIGINALS)
        url = await ground.copy(ground.kept["base"])
        await processes.call("benchmarks.many:multiply", url=url, **how)
        await ground.settle()
        ground.kept[name] = url
        print(f"  {name}: made in {time.perf_counter() - since:.0f} s", flush=True)
    return ground.kept[name]


async def forget(ground: Ground, url: str) -> None:
    """Removes one of these databases: it is too large to be kept, or too much was written to it."""
    for name in [name for name, kept in ground.kept.items() if kept == url]:
        del ground.kept[name]
    await ground.drop(url)


async def record(url: str, tickets: int) -> None:
    """Records the originals; what of them is past is raised at once."""
    database = Database(url)
    try:
        policies = PolicyBook()
        await policies.register(database, load_folder(Settings().policies_dir))
        recorder = Recorder(database, policies, None)
        for facts in past.chunks(tickets, CHUNK, datetime.now(UTC)):
            await recorder.record(facts)
    finally:
        await database.close()


async def multiply(
    url: str,
    which: str,
    tickets: int | None = None,
    rows: int | None = None,
    of: str = "",
    tables: tuple[str, ...] = MULTIPLIED,
) -> None:
    """Has copies of these originals instead of them: so many tickets, or until a table has rows."""
    connection = await asyncpg.connect(plain(url))
    try:
        await connection.execute(
            "SET synchronous_commit = off; SET work_mem = '256MB';"
            " SET maintenance_work_mem = '512MB'"
        )
        await _set_aside(connection, which)
        await _name_copies(connection, await _originals(connection, tickets, rows, of))
        indexes = await connection.fetch(INDEXES, list(MULTIPLIED))
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        for table in tables:
            await _copy(connection, table)
        for index in indexes:
            await connection.execute(index["made"])
        for table in MULTIPLIED:
            await connection.execute(f"DROP TABLE original_{table}")
        await connection.execute("DROP TABLE copies")
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _set_aside(connection: Connection, which: str) -> None:
    for table in MULTIPLIED:
        await connection.execute(
            f"CREATE TABLE original_{table} AS SELECT o.* FROM {table} AS o"  # noqa: S608  # names from above
            f" JOIN tickets AS t USING (bucket, ticket_id) WHERE {which}"
        )
    await connection.execute(f"TRUNCATE {', '.join(EMPTIED)}")


async def _originals(
    connection: Connection, tickets: int | None, rows: int | None, of: str
) -> Iterator[str]:
    """The originals' ids, each as often as it is to be copied."""
    found = await connection.fetch("SELECT ticket_id FROM original_tickets ORDER BY ticket_id")
    ids = [row["ticket_id"] for row in found]
    if tickets is None:
        there = await connection.fetchval(f"SELECT count(*) FROM original_{of}")  # noqa: S608  # as above
        tickets = (rows or 0) * len(ids) // there
    step = max(1, len(ids) // max(1, tickets)) if tickets < len(ids) else 1
    return (ids[number * step % len(ids)] for number in range(tickets))


async def _name_copies(connection: Connection, originals: Iterator[str]) -> None:
    await connection.execute("CREATE TABLE copies (original text, ticket_id text, bucket smallint)")
    named = ((original, f"T-{number:08}") for number, original in enumerate(originals))
    await connection.copy_records_to_table(
        "copies", records=((original, name, bucket_of(name)) for original, name in named)
    )
    await connection.execute("ANALYZE")


async def _copy(connection: Connection, table: str) -> None:
    found = await connection.fetch(COLUMNS, table)
    columns = [row["column_name"] for row in found]
    differing = {**SAME_BUT_FOR, **BESIDES.get(table, {})}
    values = ", ".join(differing.get(column, f"o.{column}") for column in columns)
    order = ", o.version" if table == "events" else ""
    await connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)})"  # noqa: S608  # names from the catalogue
        f" SELECT {values} FROM copies AS c JOIN original_{table} AS o ON o.ticket_id = c.original"
        f" ORDER BY c.bucket, c.ticket_id{order}",
        timeout=1200,
    )
