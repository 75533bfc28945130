"""Deliveries as they stand: listed with their attempts, sent again, removed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from app.projections.tickets import ALL_BUCKETS
from app.projections.where import Where
from app.store.database import Connection, Database, Row, bucket_of, query
from app.webhooks.claims import DEAD, FAILED


class Place(NamedTuple):
    """Where a page ended."""

    created_at: datetime
    delivery_id: str


BATCH = 1000
"""Deliveries a statement."""

Attempts = dict[str, list[Row]]
"""By delivery, in order."""


@dataclass(frozen=True, slots=True)
class DeliveryFilters:
    """What deliveries must be to be listed; created from ``since`` until before ``until``."""

    subscription: str | None = None
    status: str | None = None
    ticket: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def find(
    connection: Connection,
    filters: DeliveryFilters,
    after: Place | None,
    limit: int,
) -> list[Row]:
    """The rows of the first deliveries after a place, latest first."""
    where = _where(filters)
    if after is not None:
        where.add("(d.created_at, d.delivery_id) < ({}, {})", *after)
    statement = query("list_deliveries").format(where=where, limit=where.bind(limit))
    return await connection.fetch(statement, *where.values)


def _where(filters: DeliveryFilters) -> Where:
    where = Where()
    buckets = ALL_BUCKETS if filters.ticket is None else [bucket_of(filters.ticket)]
    where.add("d.bucket = ANY ({}::smallint[])", buckets)
    where.given("d.subscription_id = {}", filters.subscription)
    where.given("d.status = {}", filters.status)
    if filters.status in (FAILED, DEAD):
        where.add("d.status IN ('failed', 'dead')")  # these have an index of their own
    where.given("d.ticket_id = {}", filters.ticket)
    where.given("d.created_at >= {}", filters.since)
    where.given("d.created_at < {}", filters.until)
    return where


async def attempts_of(connection: Connection, deliveries: Sequence[Row]) -> Attempts:
    """The attempts made at deliveries."""
    found: Attempts = {row["delivery_id"]: [] for row in deliveries}
    if found:
        rows = await connection.fetch(
            query("read_attempts"), [row["bucket"] for row in deliveries], list(found)
        )
        for row in rows:
            found[row["delivery_id"]].append(row)
    return found


async def redeliver(connection: Connection, delivery_id: str) -> Row | None:
    """Has a delivery sent again now; None if it, or its subscription, does not exist."""
    now = await connection.fetchval("SELECT clock_timestamp()")
    return await connection.fetchrow(query("redeliver"), ALL_BUCKETS, delivery_id, now)


async def redeliver_many(database: Database, filters: DeliveryFilters) -> int:
    """Has those that match and have failed or are dead sent again now; answers how many."""
    async with database.connection() as connection:
        began_at = await connection.fetchval("SELECT clock_timestamp()")
        count = 0
        while True:
            where = _where(filters)
            where.add("d.status IN ('failed', 'dead')")
            where.add("d.queued_at < {}", began_at)  # not what has failed again meanwhile
            now = where.bind(await connection.fetchval("SELECT clock_timestamp()"))
            statement = query("redeliver_many").format(
                where=where, now=now, limit=where.bind(BATCH)
            )
            done = int((await connection.execute(statement, *where.values)).rpartition(" ")[2])
            count += done
            if done < BATCH:
                return count


async def remove_orphans(connection: Connection) -> None:
    """Removes what waits for subscriptions that are no more."""
    await connection.execute(query("remove_orphans"), ALL_BUCKETS)
