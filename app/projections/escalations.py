"""One row for each time somebody was told, or would have been: warnings to escalations, notices."""

from collections.abc import Iterable, Sequence

from app.domain.events import ESCALATION_ACKNOWLEDGED, SLA_MET, SLA_RETRACTED, Fact, SlaEvent
from app.store.database import Connection, bucket_of, query
from app.store.event_log import Appended

NOT_ESCALATIONS = frozenset({SLA_MET, SLA_RETRACTED})


def rows_of(appended: Iterable[Appended]) -> list[tuple[object, ...]]:
    """The rows of what was raised, in the order of the type ``escalation_row``."""
    return [
        _row(each, each.event)
        for each in appended
        if isinstance(each.event, SlaEvent) and each.event.type not in NOT_ESCALATIONS
    ]


async def add(connection: Connection, appended: Iterable[Appended]) -> None:
    """Adds the rows of what was raised."""
    if rows := rows_of(appended):
        await connection.execute(query("add_escalations"), rows)


async def amend(connection: Connection, appended: Iterable[Appended]) -> None:
    """What was retracted or acknowledged; the rows of what was raised are there."""
    gone = []
    acknowledged = []
    for each in appended:
        event = each.event
        if isinstance(event, SlaEvent):
            if event.type == SLA_RETRACTED:
                gone.append((bucket_of(event.ticket_id), event.retracts, each.recorded_at))
        elif event.type == ESCALATION_ACKNOWLEDGED:
            acknowledged.append(_acknowledgement(event))
    if gone:
        await connection.execute(query("retract_escalations"), *zip(*gone, strict=True))
    if acknowledged:
        await connection.execute(query("acknowledge_escalations"), *zip(*acknowledged, strict=True))


def _row(each: Appended, event: SlaEvent) -> tuple[object, ...]:
    return (
        bucket_of(event.ticket_id),
        event.id,
        event.ticket_id,
        each.version,
        each.position,
        event.policy_id,
        event.clock,
        event.kind,
        event.tier,
        event.role,
        each.recorded_at,
        event.unheard,
    )


def _acknowledgement(fact: Fact) -> tuple[object, ...]:
    by = fact.data.get("by")
    return (
        bucket_of(fact.ticket_id),
        str(fact.data.get("escalation_id")),
        fact.at,
        None if by is None else str(by),
    )


async def drop(connection: Connection, ticket_ids: Sequence[str]) -> None:
    """Removes all rows of tickets that are folded again."""
    if ticket_ids:
        buckets = [bucket_of(ticket_id) for ticket_id in ticket_ids]
        await connection.execute(query("drop_escalations"), buckets, ticket_ids)


async def known(connection: Connection, wanted: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these (ticket, escalation) pairs exist."""
    tickets, ids = zip(*wanted, strict=True)
    rows = await connection.fetch(
        query("known_escalations"), [bucket_of(ticket) for ticket in tickets], tickets, ids
    )
    return {(row["ticket_id"], row["escalation_id"]) for row in rows}
