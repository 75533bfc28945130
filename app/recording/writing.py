"""What a transaction writes besides the tickets' rows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import asyncpg

from app.domain.errors import EscalatorError
from app.domain.events import SOURCE, SlaEvent
from app.domain.verdicts import Outcome
from app.projections import held, outcomes
from app.recording.work import TicketWork
from app.store import event_log
from app.store.database import Connection, bucket_of, query
from app.store.event_log import Appended


class OpenedElsewhere(EscalatorError):
    """Another transaction has opened a ticket meanwhile, or held a fact for it: begin again."""


async def append(
    connection: Connection,
    works: Sequence[TicketWork],
    appended: Sequence[Appended],
    now: datetime,
) -> None:
    """OpenedElsewhere if another transaction has written of a ticket that had no row to lock."""
    try:
        await event_log.append(connection, appended, now)
    except asyncpg.UniqueViolationError as error:
        no_row = any(work.is_new or work.judge is None for work in works)
        if no_row and (error.constraint_name or "").startswith("events_pkey"):
            raise OpenedElsewhere from None
        raise


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


async def save_outcomes(connection: Connection, works: Sequence[TicketWork]) -> None:
    finished: list[tuple[str, Outcome]] = []
    gone: list[tuple[str, str, int]] = []
    for work in works:
        if work.judge is not None:
            verdicts = work.judge.verdicts
            finished += [(work.ticket_id, each) for each in verdicts.outcomes.values()]
            gone += [(work.ticket_id, clock, cycle) for clock, cycle in verdicts.withdrawn]
    await outcomes.drop(connection, [work.ticket_id for work in works if work.aside is not None])
    await outcomes.save(connection, finished)
    await outcomes.withdraw(connection, gone)
