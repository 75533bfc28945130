"""The list of escalations: newest first, filters that combine, keyset pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from app.projections.escalation_view import Told
from app.projections.tickets import ALL_BUCKETS
from app.projections.where import Where
from app.store.database import Connection, Row, bucket_of, query


@dataclass(frozen=True, slots=True)
class EscalationFilters:
    """What escalations must be to be listed; what is left out does not matter."""

    role: Sequence[str] = ()
    clock: Sequence[str] = ()
    policy: Sequence[str] = ()
    tier: int | None = None
    ticket: str | None = None
    acknowledged: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


class Place(NamedTuple):
    """Where a page ended."""

    raised_at: datetime
    position: int


async def find(
    connection: Connection, filters: EscalationFilters, after: Place | None, limit: int
) -> list[Row]:
    """The newest escalations older than a place."""
    where = _where(filters)
    if after is not None:
        where.add("(x.raised_at, x.position) < ({}, {})", *after)
    statement = query("list_escalations").format(where=where, limit=where.bind(limit))
    return await connection.fetch(statement, *where.values)


def _where(filters: EscalationFilters) -> Where:
    where = Where()
    buckets = ALL_BUCKETS if filters.ticket is None else (bucket_of(filters.ticket),)
    where.add("x.bucket = ANY ({}::smallint[])", buckets)
    where.given("x.ticket_id = {}", filters.ticket)
    where.among("x.role", filters.role)
    where.among("x.clock", filters.clock)
    where.among("x.policy_id", filters.policy)
    where.given("x.tier = {}", filters.tier)
    where.given("x.raised_at >= {}", filters.since)
    where.given("x.raised_at < {}", filters.until)
    if filters.acknowledged is not None:
        where.add(f"x.acknowledged_at IS {'NOT ' if filters.acknowledged else ''}NULL")
    return where


async def one(connection: Connection, escalation_id: str) -> Told | None:
    """The escalation of this id; None if there is none."""
    row = await connection.fetchrow(query("one_escalation"), ALL_BUCKETS, escalation_id)
    return None if row is None else Told.of(row)
