"""``escalator export``: the log and the policies it was judged by, under one snapshot."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from app.domain.errors import EscalatorError
from app.projections.tickets import ALL_BUCKETS
from app.store.database import Connection, Database, query
from app.transfer.export_format import Head, InForce, PolicyVersion, logged_event, written
from app.transfer.progress import Progress

AT_ONCE = 1000
"""Events in memory."""

LEVEL = 6
"""How hard gzip tries: its own default takes three times as long for 1 % less."""

Write = Callable[[bytes], object]


async def export(database: Database, write: Write, progress: Progress) -> Head:
    """Writes everything as it was at one instant, however long it takes."""
    async with (
        database.connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.execute(query("walk_indexes"))
        head = await _head(connection)
        write(written([head]))
        async for row in connection.cursor(query("every_policy"), prefetch=1):
            content = msgspec.Raw(row["content"].encode())
            id_, version, registered_at = row["policy_id"], row["version"], row["registered_at"]
            write(written([PolicyVersion(id_, version, registered_at, content)]))
        await _write_events(connection, write, progress, head)
    return head


async def _head(connection: Connection) -> Head:
    row = await connection.fetchrow(query("log_size"), ALL_BUCKETS)
    assert row is not None  # noqa: S101  # a count is always answered
    in_force = await connection.fetch(query("every_version_in_force"))
    return Head(
        exported_at=row["now"],
        policies=row["policies"],
        events=row["events"],
        in_force=[InForce(each["policy_id"], each["version"], each["since"]) for each in in_force],
    )


async def _write_events(
    connection: Connection, write: Write, progress: Progress, head: Head
) -> None:
    def share() -> float:
        return progress.events / max(head.events, 1)

    cursor = await connection.cursor(query("whole_log"), ALL_BUCKETS)
    while rows := await cursor.fetch(AT_ONCE):
        write(written([logged_event(row) for row in rows]))
        progress.events += len(rows)
        progress.say(share)
    progress.end(share)


def saying(write: Write, path: Path) -> Write:
    """Writes the same; EscalatorError if it cannot be, which is no trouble of the database's."""

    def written_or_said(content: bytes) -> None:
        with _refusal_said(path):
            write(content)

    return written_or_said


@contextmanager
def _refusal_said(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EscalatorError(f"{path}: cannot be written: {error.strerror}") from None


@contextmanager
def written_to(path: Path) -> Iterator[Write]:
    """Writes a file that is there once it is whole; packed if its name ends in ``.gz``."""
    whole = not path.exists() or path.is_file()
    part = path.with_name(f"{path.name}.part") if whole else path  # a device is not replaced
    try:
        with _refusal_said(path), part.open("wb") as file, _packing(file, path) as packing:
            yield saying(packing.write, path)
        if whole:
            part.replace(path)
    finally:
        if whole:
            with suppress(OSError):
                part.unlink(missing_ok=True)


@contextmanager
def _packing(file: BinaryIO, path: Path) -> Iterator[BinaryIO]:
    if path.suffix != ".gz":
        yield file
        return
    with gzip.GzipFile(path.stem, "wb", LEVEL, file) as packing:
        yield cast("BinaryIO", packing)
