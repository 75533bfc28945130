"""The list of tickets: filters that combine, three orders, keyset pages."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from app.projections import stream, ticket_filters, ticket_words
from app.projections.ticket_filters import TicketFilters, where_of
from app.projections.ticket_now import judged
from app.projections.ticket_view import Json, view
from app.projections.where import Where
from app.store.database import Connection, Row, query
from app.store.policies import PolicyBook

logger = logging.getLogger(__name__)

Sort = Literal["next_due", "opened", "-opened"]


class Place(NamedTuple):
    """Where a page ended: the instant its order goes by, and the ticket."""

    at: datetime | None
    ticket_id: str


class _Run(NamedTuple):
    """A stretch of the list that one index gives in order."""

    only: str
    order: str
    beyond: str


_BY_MARK = "t.next_due_at, t.ticket_id"
_ALL = _Run("TRUE", _BY_MARK, "TRUE")
_DATED = _Run(
    "t.next_due_at IS NOT NULL",
    _BY_MARK,
    "(t.next_due_at, t.ticket_id) > ({}, {})",
)
_UNDATED = _Run("t.next_due_at IS NULL", _BY_MARK, "t.ticket_id > {}")
_OLDEST = _Run(
    "TRUE",
    "t.opened_at, t.ticket_id",
    "(t.opened_at, t.ticket_id) > ({}, {})",
)
_NEWEST = _Run(
    "TRUE",
    "t.opened_at DESC, t.ticket_id DESC",
    "(t.opened_at, t.ticket_id) < ({}, {})",
)
_OPENED: dict[Sort, _Run] = {"opened": _OLDEST, "-opened": _NEWEST}

FEW = 10_000
"""Tickets with the words of ``q``, or with a clock: so many are sorted. Where there are more, the
list is looked through in its order: a page is soon full."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked, and how it is found."""

    filters: TicketFilters
    words: str | None
    few: bool
    """Whether few tickets have the words: then these are read, and nothing else."""
    leader: str | None
    """The filter whose values are read one by one."""


async def find(
    connection: Connection, filters: TicketFilters, sort: Sort, after: Place | None, limit: int
) -> list[Row]:
    """The rows of the first tickets after a place."""
    asked = await _look_at(connection, filters, sort)
    found: list[Row] = []
    for run, beyond in _runs(sort, after):
        if asked is not None and len(found) < limit:
            found += await _fetch(connection, asked, run, beyond, limit - len(found))
    return found


async def _look_at(connection: Connection, filters: TicketFilters, sort: Sort) -> _Asked | None:
    """None if no ticket can match."""
    leader = ticket_filters.leader(filters)
    if sort != "next_due" and leader is not None:
        leader = leader if await _are_few(connection, leader, filters) else None
    if not (filters.q or "").strip():
        return _Asked(filters, None, few=False, leader=leader)
    words = ticket_words.query_of(filters.q or "")
    if words is None:
        return None
    few = await ticket_words.are_few(connection, words, FEW)
    return _Asked(filters, words, few=few, leader=leader)


async def _are_few(connection: Connection, leader: str, filters: TicketFilters) -> bool:
    """Whether the leader's tickets are better sorted; the index by opening knows all but clocks."""
    clock = filters.clock
    if leader not in ticket_filters.SETS or clock is None:
        return False
    return await ticket_filters.count_with_clock(connection, leader, clock, FEW + 1) <= FEW


def _runs(sort: Sort, after: Place | None) -> Iterator[tuple[_Run, Place | None]]:
    """The stretches from a place on; the first of them begins beyond it."""
    if sort != "next_due":
        yield _OPENED[sort], after
    elif after is None:
        yield _ALL, None
    elif after.at is None:
        yield _UNDATED, after
    else:
        yield _DATED, after
        yield _UNDATED, None


async def _fetch(
    connection: Connection, asked: _Asked, run: _Run, beyond: Place | None, limit: int
) -> list[Row]:
    where = where_of(asked.filters, but=None if asked.few else asked.leader)
    where.add(run.only)
    if beyond is not None:
        where.add(run.beyond, *(part for part in beyond if part is not None))
    lead = _lead(asked, where)
    statement = query("list_tickets" if lead is None else "list_tickets_merged").format(
        lead=lead, where=where, order=run.order, limit=where.bind(limit)
    )
    return await connection.fetch(statement, *where.values)


def _lead(asked: _Asked, where: Where) -> str | None:
    """What leads, if anything does; conditions on it, and on words, are added."""
    if asked.words is not None and asked.few:
        return ticket_filters.lead_by_words(asked.words, where)
    if asked.words is not None:
        ticket_filters.add_words(asked.words, where)
    if asked.leader is not None:
        return ticket_filters.lead(asked.leader, asked.filters, where)
    return None


def place_of(row: Row, sort: Sort) -> Place:
    """Where a page ends that ends with this row."""
    return Place(row["next_due_at" if sort == "next_due" else "opened_at"], row["ticket_id"])


async def views(connection: Connection, policies: PolicyBook, rows: Sequence[Row]) -> list[Json]:
    """The tickets of these rows, all as of one now; one that cannot be read stops no other."""
    items: list[Json] = []
    for row in rows:
        now = rows[0]["now"]
        try:
            policy = await policies.get(connection, row["policy_id"], row["policy_version"])
            state = await stream.state_of(connection, policies, row)
            items.append(view(judged(state, policy, now), now))
        except Exception:
            logger.exception("ticket %s cannot be read", row["ticket_id"])
            items.append(_unreadable(row, now))
    return items


def _unreadable(row: Row, now: datetime) -> Json:
    """What the columns say of a ticket whose state or policy cannot be read."""
    members = ("ticket_id", "version", "severity", "plan", "status", "line", "opened_at")
    return {
        **{member: row[member] for member in members},
        "policy": {"id": row["policy_id"], "version": row["policy_version"]},
        **dict.fromkeys(("kind", "title", "customer", "channel", "url"), None),
        "as_of": now,
        "late_facts": 0,
        "flags": ["unreadable"],
        "attributes": {},
        "clocks": [],
        "next_mark": None,
    }
