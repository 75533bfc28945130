"""Who is to be told: one delivery for each SLA event and each subscription that hears it.

Written in the transaction that records the event; sent by ``delivery.py`` afterwards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from app.domain.events import (
    ESCALATION_ACKNOWLEDGED,
    SLA_MET,
    SLA_RETRACTED,
    Event,
    Fact,
    SlaEvent,
)
from app.domain.marks import MET
from app.domain.verdicts import Outcome
from app.store.database import Connection, Row, bucket_of, query
from app.store.event_log import Appended

KEEP_ALERTS = frozenset({"pagerduty"})
"""Formats whose receivers keep an alert until they are told what became of it."""


class Followed(NamedTuple):
    """What has become of a ticket's escalations: of one, or of all those of a clock."""

    ticket_id: str
    escalation_id: str | None
    clock: str | None
    news: str
    version: int
    event: SlaEvent | None = None
    """The SLA event that says so itself, if one does."""


@dataclass(frozen=True, slots=True)
class Audience:
    """What a subscription hears; an empty filter matches all. Severities regardless of case.

    A catch-all (``unheard``) hears what is for a role that no other one hears, and nothing else.
    """

    subscription_id: str
    roles: frozenset[str]
    types: frozenset[str]
    policies: frozenset[str]
    severities: frozenset[str]
    unheard: bool = False
    keeps_alerts: bool = False

    @classmethod
    def of(cls, row: Row) -> "Audience":
        """What the subscription in a row hears."""
        return cls(
            row["subscription_id"],
            frozenset(row["roles"]),
            frozenset(row["types"]),
            frozenset(row["policies"]),
            frozenset(severity.casefold() for severity in row["severities"]),
            row["unheard"],
            row["format"] in KEEP_ALERTS,
        )

    def hears(self, event: SlaEvent) -> bool:
        """Whether the event is for this subscription."""
        return (
            (event.unheard or not self.unheard)
            and (not self.roles or event.role in self.roles)
            and (not self.types or event.type in self.types)
            and (not self.policies or event.policy_id in self.policies)
            and (not self.severities or event.severity.casefold() in self.severities)
        )


async def audiences(connection: Connection) -> list[Audience]:
    """What the enabled subscriptions hear."""
    return [Audience.of(row) for row in await connection.fetch(query("audiences"))]


def mark_unheard(event: SlaEvent, listeners: Sequence[Audience]) -> SlaEvent:
    """The event, marked if it is for a role that nobody hears (29); a silent one is for none.

    Catch-alls do not count: they hear what is marked. A retraction is as what it retracts.
    """
    if event.role is None or event.silent or event.type == SLA_RETRACTED:
        return event
    if any(listener.hears(event) for listener in listeners):
        return event
    return replace(event, unheard=True)


def to_send(appended: Iterable[Appended]) -> list[Appended]:
    """What somebody is to be told of: nothing that is silent (24, 30)."""
    return [each for each in appended if isinstance(each.event, SlaEvent) and not each.event.silent]


def rows_of(
    appended: Iterable[Appended], listeners: Sequence[Audience]
) -> list[tuple[object, ...]]:
    """The deliveries of these events, in the order of the type ``delivery_row``."""
    return [
        _delivery(each.event.id, listener, each.event.ticket_id, each.version)
        for each in appended
        if isinstance(each.event, SlaEvent)
        for listener in listeners
        if listener.hears(each.event)
    ]


def acknowledged(appended: Iterable[Appended]) -> list[Followed]:
    """The acknowledgements among these events."""
    return [
        Followed(
            each.event.ticket_id,
            str(each.event.data.get("escalation_id")),
            None,
            "acknowledged",
            each.version,
        )
        for each in appended
        if isinstance(each.event, Fact) and each.event.type == ESCALATION_ACKNOWLEDGED
    ]


def ended(ticket_id: str, version: int, outcomes: Iterable[Outcome]) -> list[Followed]:
    """The clocks of which a cycle has come to its end: what was told of them is over.

    Not by being missed, which is what was told; nor is a reminder over because it was given. The
    news comes after all that the ticket's ``version`` tells.
    """
    clocks = {
        each.clock: None
        for each in outcomes
        if each.result != "missed" and each.commitment != "reminder"
    }
    return [Followed(ticket_id, None, clock, "ended", version + 1) for clock in clocks]


def retracted(sent: Iterable[Appended]) -> list[Followed]:
    """What is taken back: an escalation, or that a clock was met after all."""
    return [
        Followed(
            each.event.ticket_id,
            None if each.event.kind == MET else each.event.retracts,
            each.event.clock if each.event.kind == MET else None,
            "retracted",
            each.version,
            each.event,
        )
        for each in sent
        if isinstance(each.event, SlaEvent) and each.event.type == SLA_RETRACTED
    ]


async def follow_up(
    connection: Connection,
    news: Sequence[Followed],
    sent: Iterable[Appended],
    listeners: Sequence[Audience],
    now: datetime,
) -> int:
    """Writes the deliveries of news to those who keep alerts and were told; answers how many.

    Whatever they hear: who was told that something is late is told that it is over. Not those who
    are told so by the meeting itself, being among what is ``sent``.
    """
    keepers = {each.subscription_id: each for each in listeners if each.keeps_alerts}
    if not keepers or not news:
        return 0
    tickets, escalations, clocks, *_ = zip(*news, strict=True)
    told = await connection.fetch(
        query("told_of"),
        [bucket_of(ticket) for ticket in tickets],
        tickets,
        escalations,
        clocks,
        list(keepers),
    )
    meetings = [each.event for each in sent if each.event.type == SLA_MET]
    rows = []
    for row in told:
        each = news[row["place"] - 1]
        keeper = keepers[row["subscription_id"]]
        if each.event is not None:
            if not keeper.hears(each.event):
                rows.append(_delivery(each.event.id, keeper, each.ticket_id, each.version))
        elif not _hears_meeting(keeper, each, meetings):
            event_id = follow_up_id(row["escalation_id"], each.news, each.version)
            rows.append(_delivery(event_id, keeper, each.ticket_id, each.version))
    if rows:
        await connection.execute(query("add_deliveries"), rows, now)
    return len(rows)


def _hears_meeting(keeper: Audience, news: Followed, meetings: Iterable[Event]) -> bool:
    return any(
        (event.ticket_id, event.clock) == (news.ticket_id, news.clock) and keeper.hears(event)
        for event in meetings
        if isinstance(event, SlaEvent)
    )


def _delivery(
    event_id: str, listener: Audience, ticket_id: str, sequence: int
) -> tuple[object, ...]:
    """A delivery, in the order of the type ``delivery_row``."""
    return (
        bucket_of(ticket_id),
        delivery_id(event_id, listener.subscription_id),
        listener.subscription_id,
        ticket_id,
        event_id,
        sequence,
    )


def follow_up_id(escalation_id: str, news: str, version: int) -> str:
    """The id of telling what became of an escalation, as of a version of its ticket."""
    return f"{escalation_id}_{news}_{version}"


def followed(event_id: str) -> tuple[str, str | None]:
    """The event that a delivery is about, and the news of it if it is a follow-up."""
    escalation_id, _, rest = event_id.partition("_")
    return escalation_id, rest.partition("_")[0] or None


def delivery_id(event_id: str, subscription_id: str) -> str:
    """The id of telling one subscription of one event: always the same."""
    return blake2b(f"{event_id}\x1f{subscription_id}".encode(), digest_size=12).hexdigest()
