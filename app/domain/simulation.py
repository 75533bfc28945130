"""What another policy would have made of a ticket's history, compared with what stood.

Both are folds of the same facts: by the versions that judged the ticket, and with the candidate in
their place. What is compared is who was told, mark by mark, within a period.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from app.domain.derive import SLICE, Derived, Policies, in_slices, retractions_in, standing
from app.domain.errors import FactRefused
from app.domain.events import OPENED, WITHDRAWN, Event, Fact, SlaEvent
from app.domain.marks import MET
from app.domain.policy import Policy

MOST_SLICES = 50
"""How far a ticket is folded by either policy: some 10,000 facts, or instants of marks."""

MOST_STEPS = 2_000_000
"""And those, times the marks of the policy, for each of them may be looked at every time."""

TOO_MUCH = "more would have to be derived of it than is done here"


class Period(NamedTuple):
    """From an instant on, up to another, which is not in it."""

    since: datetime
    until: datetime

    def __contains__(self, at: object) -> bool:
        """Whether an instant lies in it."""
        return isinstance(at, datetime) and self.since <= at < self.until


class Skipped(NamedTuple):
    """A ticket that is not compared, and why; with the fact that the candidate refuses."""

    ticket_id: str
    reason: str
    fact: Fact | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """What was raised of a ticket in the period and stands, and what the candidate would raise."""

    ticket_id: str
    opened_at: datetime
    before: Mapping[str, SlaEvent]
    """By identity (28), as ``after``."""
    after: Mapping[str, SlaEvent]

    @property
    def gained(self) -> list[SlaEvent]:
        """What only the candidate raises."""
        return [event for identity, event in self.after.items() if identity not in self.before]

    @property
    def lost(self) -> list[SlaEvent]:
        """What the candidate does not raise."""
        return [event for identity, event in self.before.items() if identity not in self.after]

    @property
    def moved(self) -> list[tuple[SlaEvent, SlaEvent]]:
        """What both raise, at another instant: as it was, and as it would be."""
        both = ((event, self.after.get(identity)) for identity, event in self.before.items())
        return [(was, would) for was, would in both if would and _instants(was) != _instants(would)]


def _instants(event: SlaEvent) -> tuple[datetime | None, datetime]:
    return event.target_at, event.reached_at


class Rules(NamedTuple):
    """What a ticket was judged by: the opening's policy, and those it was bound to later (31)."""

    opening: Policy
    bound: Policies

    def with_candidate(self, candidate: Policy, policy_id: str) -> "Rules":
        """The same, the candidate in the place of every version of a policy."""
        bound = {
            version: candidate if version[0] == policy_id else policy
            for version, policy in self.bound.items()
        }
        return Rules(candidate if self.opening.id == policy_id else self.opening, bound)


def simulate(
    stream: Sequence[Event], rules: Rules, candidate: Policy, policy_id: str, period: Period
) -> Compared | Skipped:
    """A ticket's events, in the order of the log, judged by its rules and by the candidate.

    The candidate takes the place of every version of ``policy_id``, from the ticket's opening on,
    whatever date it counts from. A ticket is skipped if it refuses a fact that was taken, or if too
    much comes of it.
    """
    retractions = retractions_in(event for event in stream if isinstance(event, SlaEvent))
    facts = _known_by(period.until, stream)
    opening = next(fact for fact in facts if fact.type == OPENED)
    tried = rules.with_candidate(candidate, policy_id)
    try:
        was = _folded(facts, rules, period.until, retractions)
        would = _folded(facts, tried, period.until, retractions)
    except FactRefused as refused:
        return Skipped(opening.ticket_id, refused.detail, opening)
    if was is None or would is None:
        return Skipped(opening.ticket_id, TOO_MUCH)
    if refusal := _refused(was, would):
        return refusal
    return Compared(opening.ticket_id, opening.at, _raised(was, period), _raised(would, period))


def _folded(
    facts: Sequence[Fact], rules: Rules, until: datetime, retractions: Mapping[str, int]
) -> Derived | None:
    """The facts folded; None if that is too much."""
    steps = in_slices(facts, rules.opening, until, retractions, rules.bound)
    largest = max(map(marks_of, (rules.opening, *rules.bound.values())))
    most = min(MOST_SLICES, MOST_STEPS // (SLICE * largest))
    return next((step for step in islice(steps, most) if isinstance(step, Derived)), None)


def marks_of(policy: Policy) -> int:
    """How many marks and notices a policy has, for all severities and plans; with its clocks."""
    targets = (target for clock in policy.clocks for target in clock.targets)
    return 1 + len(policy.clocks) + len(policy.notices) + sum(len(each.marks) for each in targets)


def _known_by(until: datetime, stream: Iterable[Event]) -> list[Fact]:
    """The facts that happened by an instant; a withdrawal counts whenever it was made (33)."""
    return [
        event
        for event in stream
        if isinstance(event, Fact) and (event.at <= until or event.type == WITHDRAWN)
    ]


def _refused(was: Derived, would: Derived) -> Skipped | None:
    """The first fact that only the candidate leaves out."""
    left_out = {each.fact.name for each in was.aside}
    for fact, reason in would.aside:
        if fact.name not in left_out:
            return Skipped(fact.ticket_id, str(reason), fact)
    return None


def _raised(derived: Derived, period: Period) -> dict[str, SlaEvent]:
    """What somebody is told of in the period, by identity; meetings are no such thing."""
    return {
        identity: event
        for identity, event in standing(derived.judge.verdicts.events).items()
        if event.kind != MET and event.reached_at in period
    }


@dataclass(slots=True)
class Count:
    """How much of one kind a role was told, and would have been."""

    raised_before: int = 0
    raised_after: int = 0
    gained: int = 0
    lost: int = 0
    moved: int = 0


@dataclass(slots=True)
class Tally:
    """What comes of a simulation, ticket by ticket."""

    tickets: int = 0
    """Those opened in the period, or with anything raised in it, by either policy."""
    changed: list[Compared] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    counts: dict[tuple[str | None, str], Count] = field(default_factory=dict)
    """By role and kind."""

    def add(self, each: Compared | Skipped, period: Period) -> int:
        """One more ticket; answers how many of its marks are gained, lost or moved."""
        if isinstance(each, Skipped):
            self.skipped.append(each)
            return 0
        self.tickets += bool(each.opened_at in period or each.before or each.after)
        gained, lost, moved = each.gained, each.lost, [would for _, would in each.moved]
        if gained or lost or moved:
            self.changed.append(each)
        self._count("raised_before", each.before.values())
        self._count("raised_after", each.after.values())
        self._count("gained", gained)
        self._count("lost", lost)
        self._count("moved", moved)
        return len(gained) + len(lost) + len(moved)

    def _count(self, column: str, events: Iterable[SlaEvent]) -> None:
        for event in events:
            count = self.counts.setdefault((event.role, event.kind), Count())
            setattr(count, column, getattr(count, column) + 1)
