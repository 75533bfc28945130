"""The theory, whole: facts, policy and an instant determine the state and what has been reached."""

from collections.abc import Sequence
from datetime import datetime

from app.domain.events import OPENED, Fact
from app.domain.judge import Judge
from app.domain.policy import Policy


def derive(facts: Sequence[Fact], policy: Policy, until: datetime) -> Judge:
    """Folds a ticket's facts, given in the order of the log, and lets time pass up to ``until``.

    They are folded in order of (time, place in the log) (2). One timed before the opening is folded
    at it (22). Facts without an opening are a ValueError.
    """
    opening = next((fact for fact in facts if fact.type == OPENED), None)
    if opening is None:
        raise ValueError("there is no opening among the facts")
    judge = Judge.opening(opening, policy)
    rest = [fact.not_before(opening.at) for fact in facts if fact is not opening]
    for fact in sorted(rest, key=lambda fact: fact.at):
        judge.fact(fact)
    judge.pass_time(until)
    return judge


def late_facts(facts: Sequence[Fact]) -> int:
    """How many of a ticket's facts, given in the order of the log, came after a later one (21)."""
    count, latest = 0, None
    for fact in facts:
        if latest is not None and fact.at < latest:
            count += 1
        latest = fact.at if latest is None else max(latest, fact.at)
    return count
