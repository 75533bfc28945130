"""Every deadline of a ticket explained: its clocks, and the time and the marks on each (34)."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from json import loads
from typing import cast

from app.domain.calendar import Calendar
from app.domain.clocks import agreed, marks_to_come
from app.domain.events import SlaEvent
from app.domain.explain import Explanation, Stretch, bounded, explain, totals
from app.domain.mark_words import after_start, rule_of
from app.domain.marks import KIND_ORDER, MET, NOTICE, Mark
from app.domain.policy import Clock
from app.domain.ticket import ClockState
from app.domain.witness import Cause, Witness
from app.projections import ticket_view
from app.projections.escalation_view import Json
from app.projections.ticket_history import TicketAt


async def explanation(ticket: TicketAt, clock_id: str | None = None) -> Json | None:
    """All clocks of the ticket's policy, or one; None if it has none of that name.

    The ticket has to be folded by a ``Witness``. Others are served between the clocks: one that ran
    for years takes its time.
    """
    witness = ticket.judge
    assert isinstance(witness, Witness)  # noqa: S101  # asked of its callers
    clocks = [each for each in witness.policy.clocks if clock_id in (None, each.id)]
    if not clocks:
        return None
    shown: list[Json] = []
    for clock in clocks:
        shown.append(_clock(ticket, witness, clock))
        await asyncio.sleep(0)
    state = witness.ticket
    return {
        "ticket_id": state.ticket_id,
        "version": state.version,
        "policy": {"id": state.policy_id, "version": state.policy_version},
        "as_of": ticket.at,
        "clocks": shown,
    }


def lasting(explained: Json) -> Json:
    """What of an explanation stays while nothing happens: no seconds, and no instant asked about.

    A calendar that opens or closes meanwhile is something that happens.
    """
    shown = ticket_view.lasting(explained)
    for clock in cast("list[Json]", shown["clocks"]):
        del clock["totals"]
        clock["segments"] = [
            [each[name] for name in ("kind", "reason", "fact", "until_fact", "elapsed")]
            for each in cast("list[Json]", clock["segments"])
        ]
    return shown


def _clock(ticket: TicketAt, witness: Witness, clock: Clock) -> Json:
    state = witness.ticket.clocks.get(clock.id) or ClockState()
    found = explain(witness, clock, ticket.at)
    shown, ended = found.shown, state.ending
    return {
        "clock": clock.id,
        "cycle": state.cycle,
        "state": state.state,
        "commitment": clock.commitment,
        "goal": shown.goal,
        "goal_seconds": None if found.goal_time is None else found.goal_time.total_seconds(),
        "rule": None if found.goal is None else after_start(found.goal),
        "calendar": None if found.target is None else _calendar(found.target.calendar),
        "severity": found.severity,
        "plan": found.plan,
        "started_at": state.started_at,
        "started_by": _cause(found.started_by),
        "due_at": shown.due_at,
        "met_at": ended.at if ended is not None and state.state == "met" else None,
        "ended_at": None if ended is None else ended.at,
        "breached": state.breached_at is not None,
        "breached_at": state.breached_at,
        "elapsed_seconds": shown.elapsed_seconds,
        "remaining_seconds": shown.remaining_seconds,
        "paused_seconds": shown.paused_seconds,
        "segments": [_stretch(each) for each in bounded(found.stretches, shown.due_at)],
        "totals": _totals(found),
        "marks": [*_reached(ticket, witness, clock, state), *_to_come(witness, clock, state)],
    }


def _calendar(calendar: Calendar) -> Json:
    return {"name": calendar.name, "zone": calendar.zone}


def _cause(cause: Cause | None) -> Json | None:
    return None if cause is None else dict(cause._asdict())


def _stretch(stretch: Stretch) -> Json:
    shown: Json = {
        "start": stretch.start,
        "end": stretch.end,
        "kind": stretch.kind,
        "seconds": (stretch.end - stretch.start).total_seconds(),
        "counted_seconds": stretch.counted.total_seconds(),
        "reason": stretch.reason,
        "fact": _cause(stretch.by),
        "until_fact": _cause(stretch.until),
        "elapsed": stretch.elapsed,
    }
    return {**shown, "merged": True} if stretch.merged else shown


def _totals(found: Explanation) -> Json:
    """Of the whole span, what is still ahead included; of each stretch as it was before merging."""
    spans = totals(found.stretches)
    shown: Json = {f"{kind}_seconds": length.total_seconds() for kind, length in spans.items()}
    return {**shown, "span_seconds": sum(spans.values(), timedelta(0)).total_seconds()}


# --- marks ----------------------------------------------------------------------------------


def _reached(ticket: TicketAt, witness: Witness, clock: Clock, state: ClockState) -> Iterator[Json]:
    """The marks of the current cycle that were reached, those taken back among them (23)."""
    for told in ticket.reached:
        event = told.event
        key = _key_of(event, clock.id, state.cycle)
        if key is None:
            continue
        mark = _mark_of(witness, clock.id, event, key)
        yield {
            **_said(event.kind, event.tier, event.role),
            "target_at": event.target_at,
            "reached_at": event.reached_at,
            "state": "reached" if told.retracted_at is None else "retracted",
            "rule": None if mark is None else _rule(witness, clock, mark),
        }


def _key_of(event: SlaEvent, clock_id: str, cycle: int) -> str | None:
    """Which mark of the cycle the event tells of; None if of another, or of none."""
    if event.kind == NOTICE:
        _, *place = loads(event.identity)
        return place[-1] if place[-3:-1] == [clock_id, cycle] else None
    if event.kind == MET or (event.clock, event.cycle) != (clock_id, cycle):
        return None
    return event.identity.removeprefix(f"{clock_id}/{cycle}/")


def _mark_of(witness: Witness, clock_id: str, event: SlaEvent, key: str) -> Mark | None:
    """The mark as the policy had it for the severity and plan of then."""
    policy = witness.laws.get((event.policy_id, event.policy_version))
    if policy is None:
        return None
    clock = next((each for each in policy.clocks if each.id == clock_id), None)
    target = None if clock is None else policy.target(clock, event.severity, event.plan)
    marks = () if target is None else target.marks
    return next((each for each in _with_notices(marks) if each.key == key), None)


def _with_notices(marks: Iterable[Mark]) -> Iterator[Mark]:
    for mark in marks:
        yield mark
        if mark.awaits is not None:
            yield mark.awaits.meanwhile


def _to_come(witness: Witness, clock: Clock, state: ClockState) -> Iterator[Json]:
    """The marks that only time keeps from being reached; of a paused clock it is not known when."""
    ticket = witness.ticket
    running = replace(state, state="running") if state.state == "paused" else state
    known = state.state == "running"
    found = marks_to_come(clock, running, ticket, witness.policy)
    for at, mark in sorted(found, key=lambda each: _order(*each)):
        yield {
            **_said(mark.kind, mark.tier, mark.role),
            "target_at": at if known else None,
            "reached_at": None,
            "state": "to_come",
            "rule": _rule(witness, clock, mark),
        }


def _order(at: datetime, mark: Mark) -> tuple[datetime, int, int, int]:
    return at, KIND_ORDER[mark.kind], mark.tier or 0, mark.repetition


def _said(kind: str, tier: int | None, role: str | None) -> Json:
    return {"kind": kind, "tier": tier, "role": role}


def _rule(witness: Witness, clock: Clock, mark: Mark) -> str:
    return rule_of(mark, agreed(clock, mark.after, witness.ticket))
