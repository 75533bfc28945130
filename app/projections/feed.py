"""The log in one order: up to where it can be read, and its pages.

Positions are drawn when events are written, and seen when their transactions commit: a lower one
may come after a higher. So nothing is read above the high-water mark, below which every transaction
has ended.
"""

import logging
from collections.abc import AsyncIterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import msgspec

from app.projections.cloud_event import as_it_stands, cloud_event, cloud_event_with
from app.projections.tickets import ALL_BUCKETS
from app.store.database import Connection, Row, query

logger = logging.getLogger(__name__)

MOST_BYTES = 1024 * 1024
"""With so many bytes of data a page ends, though it may hold more events."""

LOOK_AT = 10_000
"""Among so many events a page looks for those that match; then it ends, and says where."""

NOTHING: AbstractSet[str] = frozenset()


class Filters(NamedTuple):
    """What an event must be; what is left empty does not matter."""

    types: AbstractSet[str] = NOTHING
    tickets: AbstractSet[str] = NOTHING
    policies: AbstractSet[str] = NOTHING
    """That the event's ticket is judged by; what is held for no ticket yet has none."""

    def match(self, event: "LogEvent") -> bool:
        """Whether an event is all that."""
        return (
            (not self.types or event.type in self.types)
            and (not self.tickets or event.ticket_id in self.tickets)
            and (not self.policies or event.policy_id in self.policies)
        )


EVERYTHING = Filters()


@dataclass(frozen=True)
class LogEvent:
    """An event of the log, as a CloudEvent in JSON, and what it is found by."""

    position: int
    type: str
    ticket_id: str
    policy_id: str | None
    content: bytes

    @cached_property
    def message(self) -> bytes:
        """It as a Server-Sent Event: the same bytes for all who follow."""
        # The data of a restored log may be written in several lines; a line end is no part of it.
        line = self.content.replace(b"\r", b" ").replace(b"\n", b" ")
        return b"id: %d\nevent: %b\ndata: %b\n\n" % (self.position, self.type.encode(), line)


class Page(NamedTuple):
    """A stretch of the log."""

    events: Sequence[LogEvent]
    position: int
    """Up to there the log was read, whatever the filters left out. An event stands there, or it is
    where the page began: so a log that is being restored cannot fill in behind a reader."""
    more: bool
    """Whether there may be more by now."""


async def high_water(connection: Connection) -> int:
    """The position up to which every transaction that may have written has ended."""
    return (await position_and_lag(connection))[1]


async def position_and_lag(connection: Connection) -> tuple[int, int]:
    """The last position drawn, and the high-water mark, which stays behind while somebody writes.

    In two statements, in this order: who draws a position after the first has its lock by then, or
    has ended, and is seen by the next statement.
    """
    drawn: int = await connection.fetchval(query("last_position"))
    lowest: int | None = await connection.fetchval(query("lowest_writer"))
    return drawn, drawn if lowest is None else min(drawn, lowest)


async def end_of_log(connection: Connection) -> int:
    """The position of the last event that can be read now; 0 if there is none."""
    async with _by_position(connection):
        mark = await high_water(connection)
        return await connection.fetchval(query("end_of_log"), ALL_BUCKETS, mark) or 0


async def read_log(
    connection: Connection,
    after: int,
    filters: Filters = EVERYTHING,
    limit: int = 500,
    most_bytes: int = MOST_BYTES,
) -> Page:
    """The events after a position that match, as many as fit a page."""
    async with _by_position(connection):
        end, filtered, more = await high_water(connection), filters != EVERYTHING, False
        if filtered:
            end, more = await _look(connection, after, end)
        found = await connection.fetch(
            query("read_log"), ALL_BUCKETS, after, end, limit + 1, most_bytes, *map(_bound, filters)
        )
    rows = found[:limit]
    last = rows[-1]["position"] if rows else after
    events = [_event(row) for row in rows]
    if len(found) > limit or (rows and rows[-1]["bytes_so_far"] >= most_bytes):
        return Page(events, last, more=True)
    return Page(events, end if filtered else last, more)


async def _look(connection: Connection, after: int, end: int) -> tuple[int, bool]:
    """Up to which position events are looked at, and whether there may be more beyond it."""
    row = await connection.fetchrow(query("look_at_log"), ALL_BUCKETS, after, end, LOOK_AT)
    assert row is not None  # noqa: S101  # it counts, so there is one row
    return row["last"] or after, row["events"] == LOOK_AT


@asynccontextmanager
async def _by_position(connection: Connection) -> AsyncIterator[None]:
    """A transaction whose statements follow the log's index, however little is known of the log.

    Each of them sees what was committed before it: that a reader's mark stands for.
    """
    async with connection.transaction(isolation="read_committed", readonly=True):
        await connection.execute(query("walk_indexes"))
        yield


def _bound(wanted: AbstractSet[str]) -> list[str] | None:
    return list(wanted) or None


def _event(row: Row) -> LogEvent:
    return LogEvent(row["position"], row["type"], row["ticket_id"], row["judged_by"], _content(row))


def _content(row: Row) -> bytes:
    """One that cannot be read is handed on as it stands: it must not stop the readers."""
    try:
        shown = cloud_event(row)
    except Exception:
        logger.exception("the event at position %d cannot be read", row["position"])
        shown = cloud_event_with(row, as_it_stands(row))
    return msgspec.json.encode(shown)
