"""One row for each finished cycle: what attainment counts (35)."""

from collections.abc import Sequence

from app.domain.judge import Judge
from app.domain.verdicts import Outcome
from app.store.codec import encode_lines
from app.store.database import Connection, bucket_of, query


def rows_of(judge: Judge) -> list[tuple[object, ...]]:
    """What a ticket's cycles came to, in the order of the type ``outcome_row``."""
    ticket_id = judge.ticket.ticket_id
    return [_row(ticket_id, outcome) for outcome in judge.verdicts.outcomes.values()]


async def restore(connection: Connection, judges: Sequence[Judge]) -> None:
    """Has what these tickets' cycles came to as the log gives it; writes what differs."""
    if judges:
        ids = [judge.ticket.ticket_id for judge in judges]
        rows = [row for judge in judges for row in rows_of(judge)]
        await connection.execute(query("restore_outcomes"), rows, list(map(bucket_of, ids)), ids)


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
        outcome.verdict,
        outcome.holding.customer_seconds,
        _lines(outcome),
    )


def _lines(outcome: Outcome) -> str | None:
    """Who had the ticket, as JSON; None where its line had it all the time, as most do."""
    lines = outcome.holding.lines
    if not lines or (len(lines) == 1 and lines[0][0] == outcome.line):
        return None
    return encode_lines(lines)
