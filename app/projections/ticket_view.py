"""A ticket's SLA state as it is answered: the shape every reader and every webhook sees."""

from datetime import datetime
from typing import cast

from app.domain.clocks import Reading, read
from app.domain.events import NextMark
from app.domain.judge import Judge
from app.domain.policy import Clock
from app.domain.ticket import ClockState, Ending

Json = dict[str, object]


def view(judge: Judge, at: datetime) -> Json:
    """The state of the judge's ticket at an instant up to which its time has passed."""
    ticket = judge.ticket
    return {
        "ticket_id": ticket.ticket_id,
        "version": ticket.version,
        "policy": {"id": ticket.policy_id, "version": ticket.policy_version},
        "severity": ticket.severity,
        "plan": ticket.plan,
        "kind": ticket.kind,
        "status": ticket.status,
        "line": ticket.line,
        "title": ticket.title,
        "customer": ticket.customer,
        "channel": ticket.channel,
        "url": ticket.url,
        "opened_at": ticket.opened_at,
        "as_of": at,
        "late_facts": ticket.late_facts,
        "flags": judge.policy.flags_of(ticket),
        "attributes": ticket.attributes,
        "clocks": [
            _clock_view(judge, clock, ticket.clocks.get(clock.id) or ClockState(), at)
            for clock in judge.policy.clocks
        ],
        "next_mark": next_mark_view(judge.next_mark()),
    }


_RUNNING = ("elapsed_seconds", "remaining_seconds", "paused_seconds")


def lasting(state: Json) -> Json:
    """What of a view stays while nothing happens: no seconds, and no instant asked about."""
    clocks = [
        {name: value for name, value in clock.items() if name not in _RUNNING}
        for clock in cast("list[Json]", state["clocks"])
    ]
    return {**state, "clocks": clocks, "as_of": None}


def next_mark_view(mark: NextMark | None) -> Json | None:
    """The mark that comes next, or None."""
    if mark is None:
        return None
    return {
        "clock": mark.clock,
        "kind": mark.kind,
        "tier": mark.tier,
        "role": mark.role,
        "at": mark.at,
    }


def _clock_view(judge: Judge, clock: Clock, state: ClockState, at: datetime) -> Json:
    shown: Reading | Ending = state.ending or read(clock, state, judge.ticket, judge.policy, at)
    ended = state.ending
    return {
        "clock": clock.id,
        "cycle": state.cycle,
        "state": state.state,
        "commitment": clock.commitment,
        "goal": shown.goal,
        "calendar": shown.calendar,
        "started_at": state.started_at,
        "warn_at": shown.warn_at,
        "due_at": shown.due_at,
        "met_at": ended.at if ended is not None and state.state == "met" else None,
        "breached": state.breached_at is not None,
        "breached_at": state.breached_at,
        "elapsed_seconds": shown.elapsed_seconds,
        "remaining_seconds": shown.remaining_seconds,
        "paused_seconds": shown.paused_seconds,
    }
