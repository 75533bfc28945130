"""What tickets must be to be listed, as SQL.

An index gives a list in the order of the next mark where a filter asks for one value of a column.
Where filters ask for several values one of them leads: each value's tickets are read in order, and
merged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.projections.tickets import ALL_BUCKETS
from app.projections.where import Where
from app.store.database import Connection, query

COLUMNS = {
    "line": "t.line",
    "plan": "t.plan",
    "severity": "t.severity",
    "policy": "t.policy_id",
    "status": "t.status",
}
"""Filters by a column's value. Where several ask for several values, the first of them leads."""

SETS = {"breached": "t.breached", "paused": "t.paused", "clock": "t.running || t.paused"}
"""Filters by clocks that are so on a ticket: an index has such sets of clocks, those not empty."""


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


def where_of(filters: TicketFilters, but: str | None = None) -> Where:
    """The conditions of all filters except ``q``, and one that leads."""
    where = Where()
    where.add("t.bucket = ANY ({}::smallint[])", ALL_BUCKETS)
    for name, column in COLUMNS.items():
        if name != but:
            where.among(column, getattr(filters, name))
    _add_clocks(where, filters, but)
    if filters.tier:
        where.add("t.tier > 0")  # as the index says it
        where.add("t.tier >= {}", filters.tier)
    where.given("t.next_due_at < {}", filters.due_before)
    where.given("t.opened_at >= {}", filters.opened_after)
    where.given("t.opened_at < {}", filters.opened_before)
    return where


def _add_clocks(where: Where, filters: TicketFilters, but: str | None) -> None:
    """Of one clock, or of any: whether it is under way, is breached, stands paused."""
    clock = filters.clock
    for name, column in SETS.items():
        wanted = _wants(filters, name)
        if wanted or (wanted is False and clock is None):
            where.add(f"cardinality({column}) {'>' if wanted else '='} 0")  # as the indexes say it
        if wanted is not None and clock is not None and name != but:
            where.add(f"{{}} {'= ANY' if wanted else '<> ALL'} ({column})", clock)


def _wants(filters: TicketFilters, name: str) -> bool | None:
    """Whether clocks have to be so. A clock that is neither breached nor paused is under way."""
    if name == "clock":
        alone = True not in (filters.breached, filters.paused)
        return True if filters.clock is not None and alone else None
    return filters.breached if name == "breached" else filters.paused


def leader(filters: TicketFilters) -> str | None:
    """The filter that has to lead; None if an index gives the whole list in order."""
    if filters.tier:
        return "tier"
    for name in SETS:
        if _wants(filters, name):
            return name
    asked = [name for name in COLUMNS if getattr(filters, name)]
    alone = any(len(getattr(filters, name)) == 1 for name in asked)
    return asked[0] if asked and not alone else None


def lead(name: str, filters: TicketFilters, where: Where) -> str:
    """What gives the values that lead; the condition on them is added."""
    if name == "tier":
        where.add("t.tier = lead.value")
        return _lead("tiers", tier=where.bind(filters.tier))
    if name in SETS:
        where.add(f"{SETS[name]} = lead.value")
        return _lead("sets", sets=SETS[name], clock=where.bind(filters.clock))
    where.add(f"{COLUMNS[name]} = lead.value")
    return _lead("values", values=where.bind(list(getattr(filters, name))))


def lead_by_words(words: str, where: Where) -> str:
    """What gives the tickets that have certain words; the condition on them is added."""
    where.add("t.bucket = lead.bucket")
    where.add("t.ticket_id = lead.ticket_id")
    return _lead("found", words=where.bind(words))


def add_words(words: str, where: Where) -> None:
    """Adds that tickets have certain words: each is looked at as it comes (for that the OFFSET)."""
    where.add(
        "EXISTS (SELECT FROM ticket_words AS w WHERE w.bucket = t.bucket"
        " AND w.ticket_id = t.ticket_id AND w.words @@ {}::text::tsquery OFFSET 0)",
        words,
    )


def _lead(name: str, **parts: str) -> str:
    return query(f"lead_{name}").format(buckets="$1", **parts)  # every list begins with them


async def count_with_clock(connection: Connection, name: str, clock: str, most: int) -> int:
    """On how many tickets a clock is so, as a filter has it; at most so many are counted."""
    sets = SETS[name]
    statement = query("count_with_clock").format(
        lead=_lead("sets", sets=sets, clock="$2"), sets=sets
    )
    found: int = await connection.fetchval(statement, ALL_BUCKETS, clock, most)
    return found
