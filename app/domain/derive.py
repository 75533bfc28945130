"""The theory, whole: facts, policy and an instant determine the state and what has been reached.

The SLA events in the log record what was raised; ``reconcile`` answers the difference.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from app.domain.events import OPENED, SLA_RETRACTED, Fact, SlaEvent, sla_event_id
from app.domain.judge import NONE_YET, Judge
from app.domain.policy import Policy


def derive(
    facts: Sequence[Fact],
    policy: Policy,
    until: datetime,
    retractions: Mapping[str, int] = NONE_YET,
) -> Judge:
    """Folds a ticket's facts, given in the order of the log, and lets time pass up to ``until``.

    They are folded in order of (time, place in the log) (2). One timed before the opening is folded
    at it (22). ``retractions`` are the log's, so that ids are those of the log (28). Facts without
    an opening are a ValueError.
    """
    opening = next((fact for fact in facts if fact.type == OPENED), None)
    if opening is None:
        raise ValueError("there is no opening among the facts")
    judge = Judge.opening(opening, policy, retractions)
    rest = [fact.not_before(opening.at) for fact in facts if fact is not opening]
    for fact in sorted(rest, key=lambda fact: fact.at):
        judge.fact(fact)
    judge.pass_time(until)
    judge.ticket.retractions = dict(retractions)
    judge.ticket.late_facts = late_facts(facts)
    return judge


def late_facts(facts: Sequence[Fact]) -> int:
    """How many of a ticket's facts, given in the order of the log, came after a later one (21)."""
    count, latest = 0, None
    for fact in facts:
        if latest is not None and fact.at < latest:
            count += 1
        latest = fact.at if latest is None else max(latest, fact.at)
    return count


def retractions_in(logged: Iterable[SlaEvent]) -> dict[str, int]:
    """How often each identity was retracted, by the log."""
    identities: dict[str | None, str] = {}
    counts: dict[str, int] = {}
    for event in logged:
        if event.type == SLA_RETRACTED:
            identity = identities[event.retracts]
            counts[identity] = counts.get(identity, 0) + 1
        else:
            identities[event.id] = event.identity
    return counts


def standing(events: Iterable[SlaEvent]) -> dict[str, SlaEvent]:
    """What was raised and not retracted, by identity."""
    by_id: dict[str | None, SlaEvent] = {}
    for event in events:
        if event.type == SLA_RETRACTED:
            by_id.pop(event.retracts, None)
        else:
            by_id[event.id] = event
    return {event.identity: event for event in by_id.values()}


def reconcile(judge: Judge, logged: Sequence[SlaEvent], cause: Fact) -> list[SlaEvent]:
    """What is to be appended so that the log says what the fold shows (23).

    What should not have been raised is retracted, naming the fact that showed it; what is missing
    is raised. What stands stays, be it at another target. The count of retractions follows.
    """
    ticket = judge.ticket
    raised, shown = standing(logged), standing(judge.verdicts.events)
    counts = dict(ticket.retractions)
    retracted = []
    for identity, event in raised.items():
        if identity not in shown:
            retracted.append(_retraction(judge, event, cause))
            counts[identity] = counts.get(identity, 0) + 1
    missing = [
        replace(event, id=sla_event_id(ticket.ticket_id, identity, counts.get(identity, 0)))
        for identity, event in shown.items()
        if identity not in raised
    ]
    ticket.retractions = counts
    return retracted + missing


def _retraction(judge: Judge, event: SlaEvent, cause: Fact) -> SlaEvent:
    """Told to the role that was told."""
    ticket = judge.ticket
    identity = f"retracted/{event.id}"
    return replace(
        event,
        type=SLA_RETRACTED,
        id=sla_event_id(ticket.ticket_id, identity, 0),
        identity=identity,
        target_at=None,
        reached_at=cause.at,
        severity=ticket.severity,
        plan=ticket.plan,
        line=ticket.line,
        reason=None,
        effect=None,
        data={},
        retracts=event.id,
        cause=cause.id,
        next_mark=judge.next_mark(),
        unheard=False,
    )
