"""Who is to be told: one delivery for each SLA event and each subscription that hears it.

Written in the transaction that records the event; sent by ``delivery.py`` afterwards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b

from app.domain.events import SlaEvent
from app.store.database import Connection, Row, bucket_of, query
from app.store.event_log import Appended


@dataclass(frozen=True, slots=True)
class Audience:
    """What a subscription hears; an empty filter matches all. Severities regardless of case."""

    subscription_id: str
    roles: frozenset[str]
    types: frozenset[str]
    policies: frozenset[str]
    severities: frozenset[str]

    @classmethod
    def of(cls, row: Row) -> "Audience":
        """What the subscription in a row hears."""
        return cls(
            row["subscription_id"],
            frozenset(row["roles"]),
            frozenset(row["types"]),
            frozenset(row["policies"]),
            frozenset(severity.casefold() for severity in row["severities"]),
        )

    def hears(self, event: SlaEvent) -> bool:
        """Whether the event is for this subscription."""
        return (
            (not self.roles or event.role in self.roles)
            and (not self.types or event.type in self.types)
            and (not self.policies or event.policy_id in self.policies)
            and (not self.severities or event.severity.casefold() in self.severities)
        )


async def audiences(connection: Connection) -> list[Audience]:
    """What the enabled subscriptions hear."""
    return [Audience.of(row) for row in await connection.fetch(query("audiences"))]


def mark_unheard(event: SlaEvent, listeners: Sequence[Audience]) -> SlaEvent:
    """The event, marked if it is for a role that nobody hears (29); a silent one is for none."""
    if event.role is None or event.silent or any(listener.hears(event) for listener in listeners):
        return event
    return replace(event, unheard=True)


def to_send(appended: Iterable[Appended]) -> list[Appended]:
    """What somebody is to be told of: nothing that is silent (24, 30)."""
    return [each for each in appended if isinstance(each.event, SlaEvent) and not each.event.silent]


async def add(
    connection: Connection,
    appended: Iterable[Appended],
    listeners: Sequence[Audience],
    now: datetime,
) -> int:
    """Writes the deliveries of these events; answers how many."""
    rows = rows_of(appended, listeners)
    if rows:
        await connection.execute(query("add_deliveries"), *zip(*rows, strict=True), now)
    return len(rows)


def rows_of(
    appended: Iterable[Appended], listeners: Sequence[Audience]
) -> list[tuple[object, ...]]:
    """The deliveries of these events, in the order of ``add_deliveries.sql``."""
    return [
        (
            bucket_of(each.event.ticket_id),
            delivery_id(each.event.id, listener.subscription_id),
            listener.subscription_id,
            each.event.ticket_id,
            each.event.id,
            each.version,
        )
        for each in appended
        if isinstance(each.event, SlaEvent)
        for listener in listeners
        if listener.hears(each.event)
    ]


def delivery_id(event_id: str, subscription_id: str) -> str:
    """The id of telling one subscription of one event: always the same."""
    return blake2b(f"{event_id}\x1f{subscription_id}".encode(), digest_size=12).hexdigest()
