"""A ticket's marks in time order: those passed, those taken back, and those to come."""

from collections.abc import Iterator
from datetime import datetime

from app.domain.clocks import marks_to_come
from app.domain.judge import Judge
from app.domain.marks import KIND_ORDER
from app.projections.escalation_view import Json, Told
from app.projections.ticket_history import TicketAt

Order = tuple[datetime, datetime, int, int, int, int]


def timeline(ticket: TicketAt) -> list[Json]:
    """Every mark as at the ticket's instant; of a repeating clock's future only this cycle's."""
    to_come = sorted(_to_come(ticket.judge), key=lambda each: each[0])
    return [*map(_passed, ticket.reached), *(item for _, item in to_come)]


def _passed(told: Told) -> Json:
    event = told.event
    return {
        "at": event.reached_at,
        "kind": event.kind,
        "clock": event.clock,
        "cycle": event.cycle,
        "tier": event.tier,
        "role": event.role,
        "state": "reached" if told.retracted_at is None else "retracted",
    }


def _to_come(judge: Judge) -> Iterator[tuple[Order, Json]]:
    """The marks of running cycles that are not reached, each with its place in the order (25)."""
    ticket = judge.ticket
    for clock in judge.policy.clocks:
        state = ticket.clocks.get(clock.id)
        if state is None:
            continue
        for target_at, mark in marks_to_come(clock, state, ticket, judge.policy):
            at = max(target_at, ticket.at)
            kind = KIND_ORDER[mark.kind]
            order = (at, target_at, clock.place, kind, mark.tier or 0, mark.repetition)
            yield (
                order,
                {
                    "at": at,
                    "kind": mark.kind,
                    "clock": clock.id,
                    "cycle": state.cycle,
                    "tier": mark.tier,
                    "role": mark.role,
                    "state": "to_come",
                },
            )
