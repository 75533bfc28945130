"""Who had a ticket during a cycle: its lines, in working time, and the customer."""

from datetime import datetime, timedelta
from typing import NamedTuple

from app.domain.clocks import ZERO, counted, pauses
from app.domain.policy import Clock, Policy
from app.domain.ticket import ClockState, Ending, Ticket

ON_THE_CUSTOMER = frozenset({"waiting_on_customer"})

LineSeconds = tuple[str | None, float]
"""A line, and for how long it had the ticket; None where the ticket was on no line."""


class Holding(NamedTuple):
    """Who had the ticket during a finished cycle."""

    lines: tuple[LineSeconds, ...]
    """Open, unpaused time by line, in the order they first had it: the elapsed time, divided."""
    customer_seconds: float
    """How long it waited on the customer, by the wall clock, paused or not."""


def holding(
    clock: Clock, state: ClockState, ticket: Ticket, policy: Policy, ending: Ending
) -> Holding:
    """Who had the ticket during the cycle that has just ended so."""
    return Holding(
        _by_line(clock, state, ticket, policy, ending),
        _on_the_customer(state, ticket, ending.at),
    )


def _by_line(
    clock: Clock, state: ClockState, ticket: Ticket, policy: Policy, ending: Ending
) -> tuple[LineSeconds, ...]:
    target = policy.target(clock, ticket.severity, ticket.plan)
    if target is None or not ending.elapsed_seconds:
        return ()
    if not ticket.lines_left:
        return ((ticket.line, ending.elapsed_seconds),)
    since = state.started_at
    assert since is not None  # noqa: S101  # a cycle that ends has started
    paused = pauses(clock, state, ticket)
    until = ending.at if paused.since is None else min(ending.at, paused.since)
    spent: dict[str | None, timedelta] = {}
    for left_at, line in (*ticket.lines_left, (until, ticket.line)):
        upto = min(left_at, until)
        if upto > since:
            worked = counted(target.calendar, since, upto, paused)
            spent[line] = spent.get(line, ZERO) + worked
            since = upto
    return tuple((line, worked.total_seconds()) for line, worked in spent.items() if worked)


def _on_the_customer(state: ClockState, ticket: Ticket, until: datetime) -> float:
    assert state.started_at is not None  # noqa: S101  # a cycle that ends has started
    over, since = ticket.stretches_in(ON_THE_CUSTOMER, state.started_at)
    waited = sum((max(min(end, until) - start, ZERO) for start, end in over), ZERO)
    if since is not None:
        waited += max(until - since, ZERO)
    return waited.total_seconds()
