"""One row for each time somebody was told, or would have been: warnings to escalations, notices."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

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


async def amend(connection: Connection, appended: Iterable[Appended]) -> None:
    """What was retracted or acknowledged; the rows of what was raised are there."""
    became = _Became.by(appended)
    if became.retracted:
        columns = zip(*became.retracted.values(), strict=True)
        await connection.execute(query("retract_escalations"), *columns)
    if became.acknowledged:
        columns = zip(*became.acknowledged.values(), strict=True)
        await connection.execute(query("acknowledge_escalations"), *columns)


async def restore(
    connection: Connection, ticket_ids: Sequence[str], appended: Collection[Appended]
) -> None:
    """Has these tickets' rows as their streams give them; writes what differs."""
    if not ticket_ids:
        return
    rows, became = rows_of(appended), _Became.by(appended)
    ids = [str(row[1]) for row in rows]
    said = [became.acknowledged.get(each) for each in ids]
    await connection.execute(
        query("restore_escalations"),
        rows,
        [gone.at if (gone := became.retracted.get(each)) else None for each in ids],
        [each and each.at for each in said],
        [each and each.by for each in said],
        [bucket_of(ticket_id) for ticket_id in ticket_ids],
        ticket_ids,
    )


class _Retracted(NamedTuple):
    bucket: int
    escalation_id: str
    at: datetime | None


class _Acknowledged(NamedTuple):
    bucket: int
    escalation_id: str
    at: datetime
    by: str | None


class _Became(NamedTuple):
    """What has become of escalations, by id; the first acknowledgement stands."""

    retracted: dict[str, _Retracted]
    acknowledged: dict[str, _Acknowledged]

    @classmethod
    def by(cls, appended: Iterable[Appended]) -> "_Became":
        """As these events, in the order of the log, tell it."""
        became = cls({}, {})
        for each in appended:
            event = each.event
            if isinstance(event, SlaEvent):
                if event.type == SLA_RETRACTED:
                    of = str(event.retracts)
                    bucket = bucket_of(event.ticket_id)
                    became.retracted[of] = _Retracted(bucket, of, each.recorded_at)
            elif event.type == ESCALATION_ACKNOWLEDGED:
                said = _acknowledgement(event)
                became.acknowledged.setdefault(said.escalation_id, said)
        return became


def _acknowledgement(fact: Fact) -> _Acknowledged:
    by = fact.data.get("by")
    return _Acknowledged(
        bucket_of(fact.ticket_id),
        str(fact.data.get("escalation_id")),
        fact.at,
        None if by is None else str(by),
    )


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


async def known(connection: Connection, wanted: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these (ticket, escalation) pairs exist."""
    tickets, ids = zip(*wanted, strict=True)
    rows = await connection.fetch(
        query("known_escalations"), [bucket_of(ticket) for ticket in tickets], tickets, ids
    )
    return {(row["ticket_id"], row["escalation_id"]) for row in rows}
