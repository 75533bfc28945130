"""The row of a ticket: its lock, its snapshot and its alarm."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from app.domain.judge import Judge
from app.domain.marks import ESCALATION
from app.domain.ticket import Ticket
from app.projections.ahead import columns_ahead
from app.store.codec import STATE_FORMAT, encode_state
from app.store.database import BUCKETS, Connection, Row, bucket_of, query
from app.store.event_log import Version

ALL_BUCKETS = tuple(range(BUCKETS))


async def lock(connection: Connection, ticket_ids: Iterable[str]) -> dict[str, Row]:
    """The rows of these tickets, those that exist, locked until the transaction ends."""
    wanted = sorted((bucket_of(ticket_id), ticket_id) for ticket_id in ticket_ids)
    buckets, ids = zip(*wanted, strict=True)
    rows = await connection.fetch(query("lock_tickets"), buckets, ids)
    return {row["ticket_id"]: row for row in rows}


async def bound_tickets(connection: Connection, ticket_ids: Sequence[str]) -> list[Row]:
    """By which versions of policies these tickets are judged, those that exist."""
    buckets = [bucket_of(ticket_id) for ticket_id in ticket_ids]
    return await connection.fetch(query("bound_tickets"), buckets, ticket_ids)


async def claim_due(
    connection: Connection,
    now: datetime,
    limit: int,
    set_apart: Sequence[str],
    policies_apart: Iterable[Version] = (),
) -> dict[str, Row]:
    """Tickets with a mark due by ``now``, earliest first, locked; other replicas' are skipped.

    Left out are those set apart, and those of versions of policies that are.
    """
    rows = await connection.fetch(
        query("claim_due"), now, ALL_BUCKETS, set_apart, limit, _named(policies_apart)
    )
    return {row["ticket_id"]: row for row in rows}


async def next_due(
    connection: Connection, set_apart: Sequence[str], policies_apart: Iterable[Version] = ()
) -> tuple[datetime, datetime | None]:
    """The database's clock, and when the next mark of any ticket is due that is not set apart."""
    row = await connection.fetchrow(query("next_due"), set_apart, _named(policies_apart))
    assert row is not None  # noqa: S101  # a SELECT without FROM answers one row
    return row["now"], row["next_due_at"]


def _named(versions: Iterable[Version]) -> list[str]:
    """Versions of policies as the statements compare them."""
    return [f"{policy_id} {version}" for policy_id, version in versions]


async def policy_of(connection: Connection, ticket_id: str) -> str | None:
    """The id of the policy that a ticket is judged by; None if there is no such ticket."""
    found: str | None = await connection.fetchval(
        query("policy_of_ticket"), bucket_of(ticket_id), ticket_id
    )
    return found


async def restore(connection: Connection, judges: Sequence[Judge]) -> None:
    """Has rows as the log gives them, whether they are there or not; writes what differs."""
    if judges:
        await connection.execute(query("restore_tickets"), [row_of(judge) for judge in judges])


def row_of(judge: Judge) -> tuple[object, ...]:
    """The columns of a ticket's row, in the order of the type ``ticket_row``."""
    ticket = judge.ticket
    running, paused, breached, tier = _summary(ticket)
    return (
        bucket_of(ticket.ticket_id),
        ticket.ticket_id,
        ticket.version,
        ticket.policy_id,
        ticket.policy_version,
        ticket.severity,
        ticket.plan,
        ticket.status,
        ticket.line,
        ticket.opened_at,
        judge.next_due_at(),
        tier,
        running,
        paused,
        breached,
        STATE_FORMAT,
        encode_state(ticket),
        *columns_ahead(judge),
    )


def _summary(ticket: Ticket) -> tuple[str, str, str, int]:
    """Which clocks run, stand paused, and are breached, and the highest tier told."""
    running, paused, breached, tier = [], [], [], 0
    for clock_id, state in ticket.clocks.items():
        if state.state == "running":
            running.append(clock_id)
        elif state.state == "paused":
            paused.append(clock_id)
        if state.breached_at is not None:
            breached.append(clock_id)
        for key in state.reached:
            kind, reached_tier, _ = key.split("/", 2)
            if kind == ESCALATION:
                tier = max(tier, int(reached_tier))
    return ",".join(running), ",".join(paused), ",".join(breached), tier
