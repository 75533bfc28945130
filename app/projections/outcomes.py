"""One row for each finished cycle: what attainment counts (35)."""

from collections.abc import Sequence

from app.domain.verdicts import Outcome
from app.store.database import Connection, bucket_of, query


async def save(connection: Connection, outcomes: Sequence[tuple[str, Outcome]]) -> None:
    """Writes what cycles came to, each with its ticket's id."""
    if outcomes:
        rows = [_row(ticket_id, outcome) for ticket_id, outcome in outcomes]
        await connection.execute(query("save_outcomes"), *zip(*rows, strict=True))


async def drop(connection: Connection, ticket_ids: Sequence[str]) -> None:
    """Removes all outcomes of tickets that are folded again."""
    if ticket_ids:
        buckets = [bucket_of(ticket_id) for ticket_id in ticket_ids]
        await connection.execute(query("drop_outcomes"), buckets, ticket_ids)


async def withdraw(connection: Connection, gone: Sequence[tuple[str, str, int]]) -> None:
    """Removes what cycles had come to that were taken up again: (ticket, clock, cycle) (17)."""
    if gone:
        rows = [(bucket_of(ticket_id), ticket_id, clock, cycle) for ticket_id, clock, cycle in gone]
        await connection.execute(query("withdraw_outcomes"), *zip(*rows, strict=True))


def _row(ticket_id: str, outcome: Outcome) -> tuple[object, ...]:
    ending = outcome.ending
    return (
        bucket_of(ticket_id),
        ticket_id,
        outcome.clock,
        outcome.cycle,
        outcome.result,
        outcome.commitment,
        outcome.policy_id,
        outcome.policy_version,
        outcome.severity,
        outcome.plan,
        outcome.line,
        outcome.started_at,
        ending.at,
        ending.due_at,
        outcome.breached_at,
        ending.goal,
        ending.elapsed_seconds,
        ending.remaining_seconds,
        ending.paused_seconds,
    )
