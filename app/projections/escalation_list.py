"""The list of escalations: newest first, filters that combine, keyset pages."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from app.domain.events import SlaEvent
from app.projections import ticket_history
from app.projections.escalation_view import Told
from app.projections.tickets import ALL_BUCKETS
from app.projections.where import Where
from app.store.database import Connection, Row, bucket_of, query
from app.store.policies import PolicyBook

logger = logging.getLogger(__name__)


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


async def one(connection: Connection, escalation_id: str) -> Row | None:
    """The row of the escalation with this id; None if there is none."""
    return await connection.fetchrow(query("one_escalation"), ALL_BUCKETS, escalation_id)


async def told(connection: Connection, policies: PolicyBook, rows: Sequence[Row]) -> list[Told]:
    """The escalations of these rows; where a late fact moved a target, by the fold (23)."""
    logged = [Told.of(row) for row in rows]
    late = await ticket_history.refolded(connection, {each.event.ticket_id for each in logged})
    if not late:
        return logged
    now = await connection.fetchval("SELECT clock_timestamp()")
    moved: dict[str, SlaEvent] = {}
    for ticket_id in late:
        try:
            ticket = await ticket_history.read(connection, policies, ticket_id, now)
        except Exception:
            logger.exception("ticket %s cannot be folded", ticket_id)
        else:
            moved |= {each.event.id: each.event for each in (ticket.reached if ticket else ())}
    return [replace(each, event=moved.get(each.event.id, each.event)) for each in logged]
