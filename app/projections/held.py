"""Facts that are recorded and without effect: they wait, or the fold leaves them out (22)."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from app.domain.events import SOURCE, Fact
from app.projections.tickets import ALL_BUCKETS
from app.projections.where import Where
from app.store.database import Connection, Row, bucket_of, query
from app.store.event_log import Appended


class Held(NamedTuple):
    """A fact's place in the log, and why it is without effect; None while it waits."""

    place: Appended
    reason: str | None


async def add(connection: Connection, held: Iterable[Held]) -> None:
    """Lists facts; their places must be known."""
    rows = [_row(each) for each in held]
    if rows:
        await connection.execute(query("add_held"), *zip(*rows, strict=True))


def _row(held: Held) -> tuple[object, ...]:
    place = held.place
    event = place.event
    return (
        bucket_of(event.ticket_id),
        event.ticket_id,
        place.version,
        place.position,
        event.type,
        event.source if isinstance(event, Fact) else SOURCE,
        event.id,
        place.recorded_at,
        held.reason,
    )


async def drop(connection: Connection, ticket_ids: Sequence[str]) -> None:
    """Takes all facts of these tickets off the list."""
    if ticket_ids:
        buckets = [bucket_of(ticket_id) for ticket_id in ticket_ids]
        await connection.execute(query("drop_held"), buckets, ticket_ids)


async def find(
    connection: Connection,
    ticket_id: str | None,
    policies: Collection[str] | None,
    after: int,
    limit: int,
) -> list[Row]:
    """The first facts after a position of the log, of one ticket or of all.

    ``policies``: only of tickets that are judged by one of these.
    """
    where = Where()
    buckets = ALL_BUCKETS if ticket_id is None else (bucket_of(ticket_id),)
    where.add("h.bucket = ANY ({}::smallint[])", buckets)
    where.given("h.ticket_id = {}", ticket_id)
    where.add("h.position > {}", after)
    if policies is not None:
        where.add(
            "EXISTS (SELECT FROM tickets AS t WHERE t.bucket = h.bucket"
            " AND t.ticket_id = h.ticket_id AND t.policy_id = ANY ({}::text[]))",
            list(policies),
        )
    statement = query("list_held").format(where=where, limit=where.bind(limit))
    return await connection.fetch(statement, *where.values)
