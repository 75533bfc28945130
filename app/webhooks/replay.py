"""Replay: what a subscription hears of a period that is past is told to it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.events import SLA_TYPES
from app.projections.tickets import ALL_BUCKETS
from app.store.codec import decode_sla_event
from app.store.database import Connection, Database, Row, query
from app.store.event_log import Appended
from app.webhooks.outbox import Audience, rows_of, to_send

BATCH = 1000
"""Events a statement."""


@dataclass(slots=True)
class Replayed:
    """How many deliveries are pending again, and how many were created."""

    requeued: int = 0
    created: int = 0


async def replay(
    database: Database, audience: Audience, since: datetime, until: datetime
) -> Replayed:
    """Queues the SLA events raised from ``since`` until before ``until``.

    Those that were to be sent then (24, 30), in their order, and as if raised now: what was
    delivered before is delivered again.
    """
    period = (ALL_BUCKETS, since, until, SLA_TYPES)
    replayed = Replayed()
    async with database.connection() as connection:
        ends = await connection.fetchrow(query("raised_between"), *period)
        first, last = (ends["first"], ends["last"]) if ends else (None, None)
        while first is not None:
            rows = await connection.fetch(query("read_raised"), *period, first, last, BATCH)
            await _requeue(connection, audience, rows, replayed)
            first = rows[-1]["position"] + 1 if len(rows) == BATCH else None
    return replayed


async def _requeue(
    connection: Connection, audience: Audience, raised: Sequence[Row], replayed: Replayed
) -> None:
    logged = [Appended(decode_sla_event(row["data"]), row["version"]) for row in raised]
    rows = rows_of(to_send(logged), [audience])
    if rows:
        now = await connection.fetchval("SELECT clock_timestamp()")
        done = await connection.fetch(query("requeue_deliveries"), *zip(*rows, strict=True), now)
        created = sum(row["created"] for row in done)
        replayed.created += created
        replayed.requeued += len(done) - created
