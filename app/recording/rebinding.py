"""Binds many open tickets to another version of their policy: one ``policy.rebound`` each (31)."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from app.domain.errors import EscalatorError
from app.domain.events import REBOUND
from app.projections import ticket_list
from app.projections.ticket_filters import TicketFilters
from app.projections.tickets import bound_tickets
from app.recording.new_fact import NewFact, Receipt
from app.store.database import Connection, Database, query

SOURCE = "escalator.rebind"
"""The source of rebindings that are asked for here, and not reported by another system."""

PAGE = 500
"""Tickets a transaction."""

Record = Callable[[Sequence[NewFact]], Awaitable[Sequence[Receipt]]]


class UnknownVersion(EscalatorError):
    """A policy has no such version."""


class UnknownPolicy(EscalatorError):
    """There is no such policy."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What became of a ticket: ``recorded``, ``unchanged`` or ``refused``, and why."""

    ticket_id: str
    outcome: str
    version: int | None = None
    position: int | None = None
    detail: str | None = None


async def version_of(connection: Connection, policy_id: str, version: str | None) -> str:
    """The version asked for, or the current one; UnknownPolicy, UnknownVersion if there is none."""
    rows = await connection.fetch(query("policy_versions"), policy_id)
    if not rows:
        raise UnknownPolicy(f"there is no policy {policy_id!r}")
    wanted = [
        row["version"]
        for row in rows
        if (row["current_since"] is not None if version is None else row["version"] == version)
    ]
    if not wanted:
        raise UnknownVersion(f"policy {policy_id} has no version {version}")
    return str(wanted[0])


async def rebind_all(
    database: Database, record: Record, policy_id: str, version: str, filters: TicketFilters
) -> AsyncIterator[list[Bound]]:
    """Binds the policy's tickets that match the filters, oldest first; yields page by page.

    Those that are bound so already, or cancelled, are ``unchanged``: nothing is recorded.
    """
    wanted = replace(filters, policy=(policy_id,))
    place = None
    while True:
        async with database.connection() as connection:
            rows = await ticket_list.find(connection, wanted, "opened", place, PAGE)
        if not rows:
            return
        place = ticket_list.place_of(rows[-1], "opened")
        changed = {
            row["ticket_id"]
            for row in rows
            if row["policy_version"] != version and row["status"] != "cancelled"
        }
        ids = [row["ticket_id"] for row in rows]
        bound = await _record(record, [each for each in ids if each in changed], policy_id, version)
        yield [bound.get(each) or Bound(each, "unchanged") for each in ids]


async def rebind_these(
    database: Database, record: Record, policy_id: str, version: str, ticket_ids: Sequence[str]
) -> AsyncIterator[list[Bound]]:
    """Binds these tickets, in this order; those of other policies are refused."""
    named = list(dict.fromkeys(ticket_ids))
    for start in range(0, len(named), PAGE):
        ids = named[start : start + PAGE]
        async with database.connection() as connection:
            rows = {row["ticket_id"]: row for row in await bound_tickets(connection, ids)}
        answers: dict[str, Bound] = {}
        for each in ids:
            row = rows.get(each)
            if row is None:
                answers[each] = Bound(each, "refused", detail=f"there is no ticket {each!r}")
            elif row["policy_id"] != policy_id:
                other = f"ticket {each} is judged by policy {row['policy_id']}"
                answers[each] = Bound(each, "refused", detail=other)
            elif row["policy_version"] == version or row["status"] == "cancelled":
                answers[each] = Bound(each, "unchanged")
        rest = [each for each in ids if each not in answers]
        answers |= await _record(record, rest, policy_id, version)
        yield [answers[each] for each in ids]


async def _record(
    record: Record, ticket_ids: Sequence[str], policy_id: str, version: str
) -> dict[str, Bound]:
    data = {"policy": policy_id, "version": version}
    facts = [
        NewFact(ticket_id, SOURCE, secrets.token_hex(16), REBOUND, None, data)
        for ticket_id in ticket_ids
    ]
    receipts = await record(facts) if facts else ()
    return {
        each.fact.ticket_id: Bound(
            each.fact.ticket_id, each.outcome, each.version, each.position, each.detail
        )
        for each in receipts
    }
