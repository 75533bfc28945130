"""The theory, whole: facts, policy and an instant determine the state and what has been reached.

The SLA events in the log record what was raised; ``reconcile`` answers the difference.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from app.domain.errors import FactRefused
from app.domain.events import OPENED, REBOUND, SLA_RETRACTED, Fact, SlaEvent, sla_event_id
from app.domain.judge import NONE_YET, Judge
from app.domain.policy import Policy
from app.domain.withdrawals import Aside, part

Policies = Mapping[tuple[str, str], Policy]
"""Versions of policies, by the policy's id and the version."""

NO_POLICIES: Policies = {}


class Derived(NamedTuple):
    """A ticket as its facts give it, and the facts that are without effect on it (22)."""

    judge: Judge
    aside: list[Aside]


SLICE = 200
"""So many instants, or facts, are folded at a time."""


def derive(
    facts: Sequence[Fact],
    policy: Policy,
    until: datetime,
    retractions: Mapping[str, int] = NONE_YET,
    policies: Policies = NO_POLICIES,
    judging: type[Judge] = Judge,
) -> Derived:
    """Folds a ticket's facts, given in the order of the log, and lets time pass up to ``until``.

    They are folded in order of (time, place in the log) (2). One timed before the opening is folded
    at it; one that the policy then in force refuses is left out (22). ``policy`` is the opening's,
    ``policies`` those that it was bound to later (31). ``retractions`` are the log's, so that ids
    are those of the log (28). Facts without an opening are a ValueError.
    """
    steps = in_slices(facts, policy, until, retractions, policies, judging)
    return next(step for step in steps if isinstance(step, Derived))


def in_slices(
    facts: Sequence[Fact],
    policy: Policy,
    until: datetime,
    retractions: Mapping[str, int] = NONE_YET,
    policies: Policies = NO_POLICIES,
    judging: type[Judge] = Judge,
) -> Iterator[Derived | Judge]:
    """Derives, and shows the judge at work now and then, so that it need not be done in one go."""
    taken, aside, early = part(facts)
    opening = next((fact for fact in taken if fact.type == OPENED), None)
    if opening is None:
        raise ValueError("there is no opening among the facts")
    judge = judging.opening(opening, policy, retractions)
    for number, fact in enumerate(sorted(taken, key=lambda fact: fact.at), 1):
        if fact is not opening:
            folded = fact.not_before(opening.at)
            yield from _passing(judge, folded.at, including=False)
            try:
                _fold(judge, folded, policies)
            except FactRefused as refused:
                aside.append(Aside(fact, refused.detail))
        if number % SLICE == 0:
            yield judge
    yield from _passing(judge, until, including=True)
    judge.ticket.retractions = dict(retractions)
    judge.ticket.late_facts = late_facts(_without(taken, aside))
    judge.ticket.withdrawn_early = early
    yield Derived(judge, aside)


def _passing(judge: Judge, until: datetime, *, including: bool) -> Iterator[Judge]:
    while judge.pass_time(until, including=including, most=SLICE):
        yield judge


def _fold(judge: Judge, fact: Fact, policies: Policies) -> None:
    if fact.type == REBOUND:
        judge.rebind(fact, policy_of(fact, policies))
    else:
        judge.fact(fact)


def policy_of(rebinding: Fact, policies: Policies) -> Policy:
    """The policy that a ticket is bound to; FactRefused if there is no such version."""
    version = named_policy(rebinding.data)
    policy = policies.get(version)
    if policy is None:
        raise FactRefused("policy {:.80} has no version {:.80}".format(*version), "/data/version")
    return policy


def named_policy(data: Mapping[str, object]) -> tuple[str, str]:
    """The policy's id and its version that a rebinding's data names."""
    return str(data.get("policy")), str(data.get("version"))


def _without(facts: Sequence[Fact], aside: Sequence[Aside]) -> Sequence[Fact]:
    if not aside:
        return facts
    names = {each.fact.name for each in aside}
    return [fact for fact in facts if fact.name not in names]


def late_facts(facts: Sequence[Fact]) -> int:
    """How many of the facts folded, given in the order of the log, came after a later one (21)."""
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
    )  # silent as what it retracts (24)
