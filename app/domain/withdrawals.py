"""Facts that were reported in error: what a withdrawal may name, and what it leaves of a stream."""

from collections.abc import Sequence
from typing import NamedTuple

from app.domain.events import OPENED, WITHDRAWN, Event, Fact, Name


class Aside(NamedTuple):
    """A fact without effect, and why; None for a withdrawal of what has not come yet (22)."""

    fact: Fact
    reason: str | None


class Parted(NamedTuple):
    """The facts that stand, and the withdrawals that withdraw nothing, or nothing yet."""

    standing: Sequence[Fact]
    aside: list[Aside]
    early: list[Name]
    """What was withdrawn before it came, in an order that does not depend on the arrival."""


def why_not(named: Event) -> str | None:
    """Why an event cannot be withdrawn; None if it can (22)."""
    if named.type == OPENED:
        return "an opening cannot be withdrawn"
    if named.type.startswith("ticket."):
        return None
    return f"only ticket.* facts can be withdrawn, and this is {named.type}"


def part(facts: Sequence[Fact]) -> Parted:
    """Leaves out withdrawals, and what they name; the facts are all of a ticket's, in any order."""
    withdrawals = [fact for fact in facts if fact.type == WITHDRAWN]
    if not withdrawals:
        return Parted(facts, [], [])
    by_name = {fact.name: fact for fact in facts}
    gone: set[Name] = set()
    early: set[Name] = set()
    aside: list[Aside] = []
    for withdrawal in withdrawals:
        named = by_name.get(withdrawal.withdraws)
        if named is None:
            early.add(withdrawal.withdraws)
            aside.append(Aside(withdrawal, None))
        elif reason := why_not(named):
            aside.append(Aside(withdrawal, reason))
        else:
            gone.add(named.name)
    standing = [fact for fact in facts if fact.type != WITHDRAWN and fact.name not in gone]
    return Parted(standing, aside, sorted(early))
