"""Another policy for a ticket that is open: what becomes of its members and of its clocks (31).

``Judge.rebind`` calls these in order. It acts like a change of severity: what runs goes on from its
own start, under other marks.
"""

from typing import NamedTuple

from app.domain import cycles
from app.domain.conditions import Situation
from app.domain.errors import FactRefused
from app.domain.events import OPENED, Fact
from app.domain.facts import DESCRIPTIVE
from app.domain.policy import Clock, Policy
from app.domain.ticket import ClockState, Ticket
from app.domain.verdicts import Verdicts


class Members(NamedTuple):
    """What a ticket's members are called in another policy."""

    severity: str
    plan: str | None
    line: str | None


def members_in(policy: Policy, ticket: Ticket) -> Members:
    """FactRefused if the policy lacks the ticket's severity, plan or line.

    A member the ticket has none of becomes the policy's default.
    """
    try:
        return Members(
            policy.severity(ticket.severity),
            policy.plan(ticket.plan),
            policy.line_named(ticket.line),
        )
    except FactRefused as refused:
        raise FactRefused(
            f"ticket {ticket.ticket_id} cannot be bound to it: {refused.detail}", "/data/version"
        ) from None


def end_gone(old: Policy, new: Policy, verdicts: Verdicts, fact: Fact) -> None:
    """Clocks that the new policy does not have end; of their states only the count stays.

    Should such a clock come back, its cycles must not be taken for those it had (28).
    """
    kept = {clock.id for clock in new.clocks}
    states = verdicts.ticket.clocks
    for clock in old.clocks:
        if clock.id not in kept:
            state = states[clock.id]
            if state.live:
                cycles.end(clock, state, old, verdicts, "cancelled", fact)
            states[clock.id] = ClockState(cycle=state.cycle)


def take_over(old: Policy, new: Policy, ticket: Ticket, members: Members, fact: Fact) -> None:
    """The ticket's members become the new policy's; clocks of both go on, new ones may begin."""
    before = {clock.id: old.target(clock, ticket.severity, ticket.plan) for clock in old.clocks}
    ticket.policy_id, ticket.policy_version = new.id, new.version
    ticket.severity, ticket.plan = members.severity, members.plan
    ticket.move_to(members.line, fact.at)
    for clock in new.clocks:
        state = ticket.clocks.setdefault(clock.id, ClockState())
        if clock.id not in before:
            _begin(clock, state, ticket, new, fact)
            continue
        cycles.follow_status(clock, state, ticket)
        target, previous = new.target(clock, ticket.severity, ticket.plan), before[clock.id]
        if target is None or previous is None or target.marks != previous.marks:
            state.left = len(state.told)


def _begin(clock: Clock, state: ClockState, ticket: Ticket, policy: Policy, fact: Fact) -> None:
    """A new clock counts from the opening if that starts it.

    One of a line counts from now, if the ticket is there: since when is not known any more.
    """
    situation = Situation(ticket, policy.calendars, _opening_of(ticket, fact))
    if clock.line is not None:
        state.origin = fact.at if clock.line == ticket.line else None
    elif any(pattern.matches(situation) for pattern in clock.starts):
        state.origin = ticket.opened_at
    if state.origin is not None and clock.awaiting:
        state.begun_by = fact.name


def _opening_of(ticket: Ticket, fact: Fact) -> Fact:
    """The opening as the ticket still tells it."""
    members = ("severity", "plan", "line", "workaround_available", "attributes", *DESCRIPTIVE)
    data = {member: getattr(ticket, member) for member in members}
    at = ticket.opened_at
    return Fact(OPENED, ticket.ticket_id, fact.source, fact.id, at, at, data)
