"""The list of tickets: filters that combine, three orders, keyset pages."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from app.projections.ticket_now import judged
from app.projections.ticket_view import Json, view
from app.projections.tickets import ALL_BUCKETS
from app.projections.where import Where
from app.store.database import Connection, Row, query
from app.store.policies import PolicyBook

logger = logging.getLogger(__name__)

Sort = Literal["next_due", "opened", "-opened"]


@dataclass(frozen=True, slots=True)
class TicketFilters:
    """What tickets must be to be listed; what is left out does not matter."""

    policy: Sequence[str] = ()
    severity: Sequence[str] = ()
    plan: Sequence[str] = ()
    status: Sequence[str] = ()
    line: Sequence[str] = ()
    clock: str | None = None
    breached: bool | None = None
    paused: bool | None = None
    tier: int | None = None
    due_before: datetime | None = None
    opened_after: datetime | None = None
    opened_before: datetime | None = None
    q: str | None = None


class Place(NamedTuple):
    """Where a page ended: the instant its order goes by, and the ticket."""

    at: datetime | None
    ticket_id: str


class _Run(NamedTuple):
    """A stretch of the list that one index gives in order."""

    instant: str
    only: str
    order: str
    beyond: str


_DATED = _Run(
    "next_due_at",
    "t.next_due_at IS NOT NULL",
    "t.next_due_at, t.ticket_id",
    "(t.next_due_at, t.ticket_id) > ({}, {})",
)
_UNDATED = _Run(
    "next_due_at",
    "t.next_due_at IS NULL",
    "t.next_due_at, t.ticket_id",
    "t.ticket_id > {}",
)
_OLDEST = _Run(
    "opened_at",
    "TRUE",
    "t.opened_at, t.ticket_id",
    "(t.opened_at, t.ticket_id) > ({}, {})",
)
_NEWEST = _Run(
    "opened_at",
    "TRUE",
    "t.opened_at DESC, t.ticket_id DESC",
    "(t.opened_at, t.ticket_id) < ({}, {})",
)
_RUNS: dict[Sort, tuple[_Run, ...]] = {
    "next_due": (_DATED, _UNDATED),
    "opened": (_OLDEST,),
    "-opened": (_NEWEST,),
}


async def find(
    connection: Connection, filters: TicketFilters, sort: Sort, after: Place | None, limit: int
) -> list[Row]:
    """The rows of the first tickets after a place."""
    found: list[Row] = []
    for run, beyond in _runs(sort, after):
        if len(found) < limit:
            where = _where(filters)
            where.add(run.only)
            if beyond is not None:
                where.add(run.beyond, *(part for part in beyond if part is not None))
            found += await _fetch(connection, where, run.order, limit - len(found))
    return found


def _runs(sort: Sort, after: Place | None) -> Iterator[tuple[_Run, Place | None]]:
    """The stretches from a place on; the first of them begins beyond it."""
    runs = _RUNS[sort]
    if after is not None and after.at is None:
        runs = runs[1:]
    return zip(runs, (after, None), strict=False)


async def _fetch(connection: Connection, where: Where, order: str, limit: int) -> list[Row]:
    statement = query("list_tickets").format(where=where, order=order, limit=where.bind(limit))
    return await connection.fetch(statement, *where.values)


def place_of(row: Row, sort: Sort) -> Place:
    """Where a page ends that ends with this row."""
    return Place(row[_RUNS[sort][0].instant], row["ticket_id"])


def _where(filters: TicketFilters) -> Where:
    where = Where()
    where.add("t.bucket = ANY ({}::smallint[])", ALL_BUCKETS)
    where.among("t.policy_id", filters.policy)
    where.among("t.severity", filters.severity)
    where.among("t.plan", filters.plan)
    where.among("t.status", filters.status)
    where.among("t.line", filters.line)
    _add_clock(where, filters)
    where.given("t.tier >= {}", filters.tier)
    where.given("t.next_due_at < {}", filters.due_before)
    where.given("t.opened_at >= {}", filters.opened_after)
    where.given("t.opened_at < {}", filters.opened_before)
    if filters.q:
        _add_text(where, filters.q)
    return where


def _add_clock(where: Where, filters: TicketFilters) -> None:
    """Of one clock, or of any: whether it is breached, and whether it stands paused."""
    clock = filters.clock
    if clock is not None and True not in (filters.breached, filters.paused):
        where.add("({} = ANY (t.running) OR {} = ANY (t.paused))", clock, clock)
    for column, wanted in (("t.breached", filters.breached), ("t.paused", filters.paused)):
        if wanted or (wanted is False and clock is None):
            where.add(f"cardinality({column}) {'>' if wanted else '='} 0")  # as the indexes say it
        if wanted is not None and clock is not None:
            where.add(f"{{}} {'= ANY' if wanted else '<> ALL'} ({column})", clock)


def _add_text(where: Where, text: str) -> None:
    """A part of the ticket's id, title or customer, whatever the case."""
    escaped = text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    pattern = f"%{escaped}%"
    where.add(
        "(t.ticket_id ILIKE {} OR t.state ->> 'title' ILIKE {} OR t.state ->> 'customer' ILIKE {})",
        pattern,
        pattern,
        pattern,
    )


async def views(connection: Connection, policies: PolicyBook, rows: Sequence[Row]) -> list[Json]:
    """The tickets of these rows, all as of one now; one that cannot be read stops no other."""
    items: list[Json] = []
    for row in rows:
        now = rows[0]["now"]
        try:
            policy = await policies.get(connection, row["policy_id"], row["policy_version"])
            items.append(view(judged(row, policy, now), now))
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
