"""The log: append to it, find what it holds already, read a ticket's stream."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple

from app.domain.events import SOURCE, Event, SlaEvent
from app.store.codec import encode_data, encode_sla_event
from app.store.database import Connection, Row, bucket_of, query

Version = tuple[str, str]
"""A policy's id and version."""

Identity = tuple[str, str, str]
"""What makes an event the same again: its ticket, its source, its id."""


@dataclass(slots=True)
class Appended:
    """An event that goes to, or stands at, a place in its ticket's stream."""

    event: Event
    version: int
    policy: Version | None = None
    """Of an opening: what it is judged by."""
    position: int = 0
    recorded_at: datetime | None = None


class Entry(NamedTuple):
    """What a transaction finds when it begins to write."""

    now: datetime
    known: dict[Identity, Row]
    """Those of its events that the log holds already."""
    unopened: dict[str, list[Row]]
    """The streams of tickets that have no row: what came before their opening."""


async def enter(
    connection: Connection, identities: Sequence[Identity], unopened: Collection[str] = ()
) -> Entry:
    """Takes part in writing the log: answers now, and what it holds of these events and tickets.

    To be called after the tickets' rows are locked, and before anything is appended.
    """
    tickets, sources, ids = zip(*identities, strict=True) if identities else ((), (), ())
    wanted = set(unopened)
    rows = await connection.fetch(
        query("find_recorded"),
        [bucket_of(ticket) for ticket in tickets],
        tickets,
        sources,
        ids,
        [bucket_of(ticket) for ticket in wanted],
        list(wanted),
    )
    known: dict[Identity, Row] = {}
    streams: dict[str, list[Row]] = {}
    for row in rows:
        if row["event_id"] is not None:
            known[row["ticket_id"], row["source"], row["event_id"]] = row
            if row["ticket_id"] in wanted:
                streams.setdefault(row["ticket_id"], []).append(row)
    for stream in streams.values():
        stream.sort(key=itemgetter("version"))
    return Entry(rows[0]["now"], known, streams)


async def place(connection: Connection, appended: Sequence[Appended], now: datetime) -> None:
    """Gives each of the events, in this order, its position in the log."""
    if appended:
        rows = await connection.fetch(query("draw_positions"), len(appended))
        for each, row in zip(appended, rows, strict=True):
            each.position, each.recorded_at = row["position"], now


def row_of(each: Appended) -> tuple[object, ...]:
    """An event in its place, in the order of the type ``event_row``."""
    event = each.event
    time: datetime | None
    if isinstance(event, SlaEvent):
        source, time, data = SOURCE, event.reached_at, encode_sla_event(event)
    else:
        source, time, data = event.source, event.time, encode_data(event.data)
    policy_id, policy_version = each.policy or (None, None)
    return (
        bucket_of(event.ticket_id),
        event.ticket_id,
        each.version,
        each.position,
        event.type,
        source,
        event.id,
        time,
        policy_id,
        policy_version,
        data,
    )


async def read_stream(
    connection: Connection, ticket_id: str, *, after: int = 0, limit: int | None = None
) -> list[Row]:
    """A ticket's events after a version, in order; all of them without a limit."""
    return await connection.fetch(
        query("read_stream"), bucket_of(ticket_id), ticket_id, after, limit
    )
