"""Folds the log again, ticket by ticket under the row's lock, while the service goes on serving.

What comes of it equals what was written inline, to the byte; rows that are as they should be are
left alone, so that a rebuild where all is well writes next to nothing. Nothing is sent (30).
"""

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from app.domain.events import Fact
from app.domain.judge import Judge
from app.domain.withdrawals import Aside
from app.projections import escalations, held, outcomes, stream, ticket_words, tickets
from app.projections.held import Held
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
    held: list[Held]


async def rebuild(
    database: Database, policies: PolicyBook, buckets: Sequence[int] = tuple(range(BUCKETS))
) -> AsyncIterator[Progress]:
    """Rebuilds these buckets' tickets; yields how far it has come after each transaction."""
    progress = Progress()
    for bucket in buckets:
        last = ""
        while True:
            async with database.recording() as connection:
                found = await connection.fetch(query("streams_of_log"), bucket, last, CHUNK)
                if not found:
                    break
                opened = [row["ticket_id"] for row in found if row["opened"]]
                await _rebuild_chunk(connection, policies, bucket, opened, progress)
            waiting = [row["ticket_id"] for row in found if not row["opened"]]
            if waiting:
                async with database.recording() as connection:
                    await _list_again(connection, bucket, waiting, progress)
            last = found[-1]["ticket_id"]
            yield progress


async def _rebuild_chunk(
    connection: Connection,
    policies: PolicyBook,
    bucket: int,
    ids: Sequence[str],
    progress: Progress,
) -> None:
    if not ids:
        return
    await tickets.lock(connection, ids)
    folded: list[_Folded] = []
    for ticket_id, rows in (await _read(connection, bucket, ids)).items():
        progress.events += len(rows)
        try:
            folded.append(await _fold(connection, policies, rows))
        except Exception as error:
            logger.exception("ticket %s cannot be folded", ticket_id)
            progress.failed[ticket_id] = f"{type(error).__name__}: {error}"
    await _write(connection, folded)
    progress.tickets += len(ids)


async def _read(
    connection: Connection, bucket: int, ticket_ids: Sequence[str]
) -> dict[str, list[Row]]:
    rows = await connection.fetch(query("read_streams"), bucket, ticket_ids)
    return {
        ticket_id: list(its_rows)
        for ticket_id, its_rows in groupby(rows, key=lambda row: str(row["ticket_id"]))
    }


async def _fold(connection: Connection, policies: PolicyBook, rows: Sequence[Row]) -> _Folded:
    appended = [stream.appended_of(row) for row in rows]
    judge, aside = await stream.fold(connection, policies, appended)
    return _Folded(judge, appended, _held(appended, aside) if aside else [])


def _held(appended: Sequence[Appended], aside: Sequence[Aside]) -> list[Held]:
    places = {each.event.name: each for each in appended if isinstance(each.event, Fact)}
    return [Held(places[each.fact.name], each.reason) for each in aside]


async def _write(connection: Connection, folded: Sequence[_Folded]) -> None:
    judges = [each.judge for each in folded]
    ids = [judge.ticket.ticket_id for judge in judges]
    await tickets.restore(connection, judges)
    await ticket_words.save(connection, [judge.ticket for judge in judges])
    await escalations.restore(
        connection, ids, [event for each in folded for event in each.appended]
    )
    await outcomes.restore(connection, judges)
    await held.drop(connection, ids)
    await held.add(connection, [fact for each in folded for fact in each.held])


async def _list_again(
    connection: Connection, bucket: int, waiting: Sequence[str], progress: Progress
) -> None:
    """Tickets that had not been opened have no row to lock: writers of the list wait instead."""
    await connection.execute(query("lock_held"))
    unopened = {
        ticket_id: rows
        for ticket_id, rows in (await _read(connection, bucket, waiting)).items()
        if all(row["policy_id"] is None for row in rows)
    }
    await held.drop(connection, list(unopened))
    await held.add(
        connection,
        [Held(stream.appended_of(row), None) for rows in unopened.values() for row in rows],
    )
    progress.events += sum(map(len, unopened.values()))
