"""What a transaction writes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import asyncpg

from app.domain.errors import EscalatorError
from app.domain.events import SOURCE, UPDATED, SlaEvent
from app.projections import escalations, held, outcomes, ticket_words, tickets
from app.recording.work import TicketWork
from app.store import event_log
from app.store.database import Connection, bucket_of, joined, query
from app.store.event_log import Appended


class OpenedElsewhere(EscalatorError):
    """Another transaction has opened a ticket meanwhile, or held a fact for it: begin again."""


_STATEMENTS = (
    "open_tickets",
    "save_tickets",
    "append_events",
    "add_escalations",
    "save_outcomes",
    "save_words",
    "add_deliveries",
)
_HOW_MANY_OPENED = "SELECT count(*) FROM open_tickets"


async def write(
    connection: Connection,
    works: Sequence[TicketWork],
    appended: Sequence[Appended],
    deliveries: Sequence[tuple[object, ...]],
    now: datetime,
) -> None:
    """All rows, in one statement; the events have their positions.

    OpenedElsewhere if another transaction has written of a ticket that had no row to lock.
    """
    judges = [(work.is_new, work.judge) for work in works if work.judge is not None]
    opened = [tickets.row_of(judge) for is_new, judge in judges if is_new]
    rows = (
        opened,
        [tickets.row_of(judge) for is_new, judge in judges if not is_new],
        [event_log.row_of(each) for each in appended],
        escalations.rows_of(appended),
        [row for _, judge in judges for row in outcomes.rows_of(judge)],
        [
            ticket_words.row_of(work.judge.ticket)
            for work in works
            if work.judge and _is_named(work)
        ],
        deliveries,
    )
    statement = joined(*_STATEMENTS, answer=_HOW_MANY_OPENED)
    try:
        count = await connection.fetchval(statement, *rows, now)
    except asyncpg.UniqueViolationError as error:
        no_row = any(work.is_new or work.judge is None for work in works)
        if no_row and (error.constraint_name or "").startswith("events_pkey"):
            raise OpenedElsewhere from None
        raise
    if count < len(opened):
        raise OpenedElsewhere


async def hush(connection: Connection, works: Sequence[TicketWork]) -> None:
    """A retraction of what nobody was told of is for nobody either (24)."""
    unsure = [
        (each, each.event)
        for work in works
        for each in work.unsure
        if isinstance(each.event, SlaEvent)
    ]
    if unsure:
        tickets_, retracted = zip(
            *((event.ticket_id, event.retracts) for _, event in unsure), strict=True
        )
        buckets = [bucket_of(ticket_id) for ticket_id in tickets_]
        rows = await connection.fetch(query("silent_events"), buckets, tickets_, retracted, SOURCE)
        silent = {(row["ticket_id"], row["event_id"]) for row in rows}
        for each, event in unsure:
            each.event = replace(event, silent=(event.ticket_id, event.retracts) in silent)


async def save_held(connection: Connection, works: Sequence[TicketWork]) -> None:
    """The list of facts without effect follows what was held, and what was folded again (22)."""
    await held.drop(connection, [work.ticket_id for work in works if work.aside is not None])
    await held.add(connection, [each for work in works for each in work.held()])


def _is_named(work: TicketWork) -> bool:
    """Whether a ticket is new, or may be called otherwise than before."""
    told = any(each.event.type == UPDATED for each in work.appended)
    return work.is_new or told or work.aside is not None


async def drop_outcomes(connection: Connection, works: Sequence[TicketWork]) -> None:
    """Those of tickets that were folded again: they are written anew."""
    await outcomes.drop(connection, [work.ticket_id for work in works if work.aside is not None])


async def withdraw_outcomes(connection: Connection, works: Sequence[TicketWork]) -> None:
    """Those of cycles that were taken up again (17)."""
    gone = [
        (work.ticket_id, clock, cycle)
        for work in works
        if work.judge is not None
        for clock, cycle in work.judge.verdicts.withdrawn
    ]
    await outcomes.withdraw(connection, gone)
