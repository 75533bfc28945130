"""Folds the log again, ticket by ticket under the row's lock, while the service goes on serving.

What it writes equals what was written inline, to the byte. Nothing is sent (30).
"""

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from app.domain.judge import Judge
from app.projections import escalations, outcomes, stream, tickets
from app.store.codec import event_of
from app.store.database import BUCKETS, Connection, Database, Row, query
from app.store.event_log import Appended
from app.store.policies import PolicyBook

logger = logging.getLogger(__name__)

CHUNK = 500
"""Tickets a transaction."""


@dataclass(slots=True)
class Progress:
    """What has been folded so far."""

    tickets: int = 0
    events: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    """Tickets that could not be folded, with the reason; their rows stay as they were."""


@dataclass(slots=True)
class _Folded:
    judge: Judge
    appended: list[Appended]


async def rebuild(
    database: Database, policies: PolicyBook, buckets: Sequence[int] = tuple(range(BUCKETS))
) -> AsyncIterator[Progress]:
    """Rebuilds these buckets' tickets; yields how far it has come after each transaction."""
    progress = Progress()
    for bucket in buckets:
        last = ""
        while True:
            async with database.recording() as connection:
                ids = await _next_tickets(connection, bucket, last)
                if not ids:
                    break
                await _rebuild_chunk(connection, policies, bucket, ids, progress)
                last = ids[-1]
            yield progress


async def _next_tickets(connection: Connection, bucket: int, after: str) -> list[str]:
    rows = await connection.fetch(query("opened_tickets"), bucket, after, CHUNK)
    return [row["ticket_id"] for row in rows]


async def _rebuild_chunk(
    connection: Connection,
    policies: PolicyBook,
    bucket: int,
    ids: Sequence[str],
    progress: Progress,
) -> None:
    await tickets.lock(connection, ids)
    rows = await connection.fetch(query("read_streams"), bucket, ids)
    folded: list[_Folded] = []
    for ticket_id, its_rows in groupby(rows, key=lambda row: str(row["ticket_id"])):
        try:
            folded.append(await _fold(connection, policies, list(its_rows)))
        except Exception as error:
            logger.exception("ticket %s cannot be folded", ticket_id)
            progress.failed[ticket_id] = f"{type(error).__name__}: {error}"
    await _write(connection, folded)
    progress.tickets += len(ids)
    progress.events += len(rows)


async def _fold(connection: Connection, policies: PolicyBook, rows: Sequence[Row]) -> _Folded:
    judge = await stream.fold(connection, policies, rows)
    appended = [
        Appended(
            event_of(row),
            row["version"],
            position=row["position"],
            recorded_at=row["recorded_at"],
        )
        for row in rows
    ]
    return _Folded(judge, appended)


async def _write(connection: Connection, folded: Sequence[_Folded]) -> None:
    ids = [each.judge.ticket.ticket_id for each in folded]
    await escalations.drop(connection, ids)
    await outcomes.drop(connection, ids)
    await tickets.put(connection, [each.judge for each in folded])
    await escalations.follow(connection, [event for each in folded for event in each.appended])
    await outcomes.save(
        connection,
        [
            (each.judge.ticket.ticket_id, outcome)
            for each in folded
            for outcome in each.judge.verdicts.outcomes.values()
        ],
    )
