"""Histories of tickets, as a help desk hands them over, and what databases then have."""

import gzip
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from io import BufferedReader, BytesIO, StringIO
from pathlib import Path
from uuid import uuid4

from app.clock import host_now
from app.policy_files import parse
from app.projections.rebuild import rebuild
from app.store.database import Database
from app.store.policies import PolicyBook
from app.transfer.exporting import export
from app.transfer.lines import Lines
from app.transfer.progress import Progress
from app.transfer.restoring import Restore
from app.transfer.stopping import Stopping
from tests.conftest import PROJECTIONS, DatabaseServer
from tests.recording.reporting import MINUTE, Event, event, opening

RULES = """\
id: desk
severities: [P1, P2]
default_severity: P2
roles: [lead]
clocks:
  - id: response
    meets: [ticket.agent_replied]
    targets: [{due: 2h, when_due: {tell: lead}}]
"""
COMING = parse(f"effective_from: 2049-01-01\n{RULES.replace('2h', '5h')}")
"""Of the policy `desk`, a version that comes into force one day."""

LONG_AGO = host_now() - timedelta(days=30)

STATE = {
    **PROJECTIONS,
    "events": "position",
    "policies": "policy_id, version",
    "policies_in_force": "policy_id, since",
}
"""What an export brings back, with an order to compare it in."""


def life(ticket: str, at: datetime = LONG_AGO) -> list[Event]:
    """A ticket's life: answered late, solved, and its manager told meanwhile."""
    return [
        opening(at, ticket, severity="P1"),
        event("1", "agent_replied", at + 90 * MINUTE, ticket),
        event("2", "customer_replied", at + 100 * MINUTE, ticket),
        event("3", "resolved", at + 200 * MINUTE, ticket),
    ]


def interleaved(tickets: int) -> list[Event]:
    """Lives of many tickets in the order of time, as one system's log would tell of them."""
    lives = [life(f"T-{number}", LONG_AGO + number * MINUTE) for number in range(tickets)]
    return sorted((each for told in lives for each in told), key=lambda told: told["time"])


def write(path: Path, events: Iterable[object]) -> Path:
    """A file with these events, packed if its name says so."""
    text = "".join(f"{json.dumps(each)}\n" for each in events).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


@asynccontextmanager
async def another_database(server: DatabaseServer) -> AsyncIterator[str]:
    """The URL of one more migrated database, for the block."""
    name = f"another_{uuid4().hex[:12]}"
    await server.run(f"CREATE DATABASE {name} TEMPLATE {server.template}")
    try:
        yield server.url_of(name)
    finally:
        await server.run(f"DROP DATABASE {name} WITH (FORCE)")


async def state_of(database: Database) -> dict[str, list[str]]:
    """Every row that an export brings back, to the letter."""
    async with database.connection() as connection:
        return {
            table: [
                row["text"]
                for row in await connection.fetch(
                    f"SELECT t::text AS text FROM {table} AS t ORDER BY {order}"  # noqa: S608  # names from above
                )
            ]
            for table, order in STATE.items()
        }


async def count(database: Database, table: str) -> int:
    """How many rows a table has."""
    async with database.connection() as connection:
        return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608  # names of tests


def progress() -> Progress:
    """Progress that nobody watches."""
    return Progress(StringIO(), "moved")


async def exported(database: Database) -> bytes:
    """What ``export`` writes."""
    written: list[bytes] = []
    await export(database, written.append, progress())
    return b"".join(written)


def lines_of(content: bytes) -> Lines:
    """Its lines, as from a file that nobody knows the size of."""
    return Lines(BufferedReader(BytesIO(content)), Stopping())


async def restored(database: Database, content: bytes, *, folded: bool = True) -> Restore:
    """What became of an export that was taken, and folded."""
    restore = Restore(database, progress())
    await restore.take(iter(lines_of(content)))
    if folded:
        async for each in rebuild(database, PolicyBook()):
            assert not each.failed
    return restore


def given(database: Database) -> dict[str, str]:
    """What tells the command of a database."""
    return {"ESCALATOR_DATABASE_URL": database.engine.url.render_as_string(hide_password=False)}


def names_in(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(each.name for each in folder.iterdir())
