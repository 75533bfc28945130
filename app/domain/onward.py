"""What goes on from an instant, and hangs on nothing that a ticket has been through before.

Of tickets that go on alike, the later the instant, the later is every mark that follows.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from app.domain.clocks import marks_to_come
from app.domain.cycles import MISSES_UNTIL_REST
from app.domain.judge import Judge
from app.domain.marks import BREACH, NOTICE, Mark
from app.domain.policy import Clock, Policy
from app.domain.span import Span
from app.domain.ticket import ClockState, Ticket

Dated = tuple[datetime, Mark]
"""A mark, and when it is reached."""


class Told(NamedTuple):
    """What is told of a mark, be it of a ticket's or of a clock's own."""

    clock: str | None
    """None of a notice."""
    kind: str
    role: str | None

    @classmethod
    def of(cls, clock: Clock, mark: Mark) -> "Told":
        """What a mark of a clock tells."""
        return cls(None if mark.kind == NOTICE else clock.id, mark.kind, mark.role)


class Cycling(NamedTuple):
    """How a repeating clock goes on, whenever its next cycle begins (15)."""

    clock: int
    """Its place in the policy."""
    misses: int
    """Cycles missed in a row by then."""
    agreed: str | None
    """The interval agreed with the customer, where the clock goes by it."""

    @classmethod
    def after(cls, clock: Clock, state: ClockState, ticket: Ticket) -> "Cycling | None":
        """How it goes on after the current cycle; None if it rests then."""
        misses = 0 if clock.reminder else state.misses + 1
        if misses >= MISSES_UNTIL_REST:
            return None
        return cls(clock.place, misses, ticket.agreed_interval if clock.interval_agreed else None)


class Turning(NamedTuple):
    """What an effect makes of a ticket on which nothing else hangs on it (26)."""

    mark: int
    """The number of the mark that has the effect."""
    status: str
    agreed: str | None
    effects: int
    """How many effects have acted on the ticket since its last fact."""


Onward = Cycling | Turning


def cycle_end(clock: Clock, dated: Sequence[Dated]) -> datetime | None:
    """When a repeating cycle with these marks to come is over; None if time alone never ends it.

    A promise ends at its breach, a reminder when all are told.
    """
    if clock.reminder:
        return max([at for at, _ in dated], default=None)
    return next((at for at, mark in dated if mark.kind == BREACH), None)


class Course(Protocol):
    """The course of tickets that go on alike."""

    def after(self, begins: datetime, until: datetime) -> Iterator[Sequence[tuple[datetime, Told]]]:
        """What is raised up to ``until`` if it goes on from ``begins``, in portions."""


def course(policy: Policy, severity: str, plan: str | None, onward: Onward) -> Course:
    """The course of tickets of a severity and plan."""
    if isinstance(onward, Turning):
        return _Turn(policy, severity, plan, onward)
    return _Cycles(policy, severity, plan, onward)


def _undisturbed(
    policy: Policy, severity: str, plan: str | None, agreed: str | None, at: datetime
) -> Ticket:
    """A ticket that has what marks go by, and no past."""
    known = policy.id, policy.version, severity, plan
    return Ticket("", *known, None, at, at, agreed_interval=agreed)


class _Cycles:
    """The cycles to come of a repeating clock that nothing disturbs."""

    def __init__(self, policy: Policy, severity: str, plan: str | None, cycling: Cycling) -> None:
        self._policy = policy
        self._severity, self._plan = severity, plan
        self._cycling = cycling
        self._clock = clock = policy.clocks[cycling.clock]
        target = policy.target(clock, severity, plan)
        marks = () if target is None else target.marks
        self._told = {id(mark): Told.of(clock, mark) for mark in marks}
        self._even = target is not None and target.calendar.always and _in_hours(marks, cycling)
        self._first: tuple[datetime, _Cycle] | None = None

    def after(self, begins: datetime, until: datetime) -> Iterator[list[tuple[datetime, Told]]]:
        """What each cycle reaches."""
        misses = self._cycling.misses
        while begins <= until:
            told, ends_at = self._cycle(begins)
            if ends_at is None or ends_at > until:
                yield [each for each in told if each[0] <= until]
                return
            yield told
            misses += not self._clock.reminder
            if misses >= MISSES_UNTIL_REST:
                return
            begins = ends_at

    def _cycle(self, begins: datetime) -> "_Cycle":
        """The cycle that begins then; where all time counts, each is like the first."""
        if self._first is None or not self._even:
            self._first = begins, self._found(begins)
            return self._first[1]
        first, (told, ends_at) = self._first
        later = begins - first
        return _Cycle(
            [(at + later, what) for at, what in told], None if ends_at is None else ends_at + later
        )

    def _found(self, begins: datetime) -> "_Cycle":
        agreed = self._cycling.agreed
        ticket = _undisturbed(self._policy, self._severity, self._plan, agreed, begins)
        state = ClockState(state="running", started_at=begins)
        dated = marks_to_come(self._clock, state, ticket, self._policy)
        ends_at = cycle_end(self._clock, dated)
        told = [
            (at, self._told[id(mark)]) for at, mark in dated if ends_at is None or at <= ends_at
        ]
        return _Cycle(told, ends_at)


class _Cycle(NamedTuple):
    """What a cycle tells, up to its end."""

    told: list[tuple[datetime, Told]]
    ends_at: datetime | None


def _in_hours(marks: Sequence[Mark], cycling: Cycling) -> bool:
    """Whether all places of marks are told in hours, and none in business days."""
    spans = [mark.after for mark in marks] + [mark.past for mark in marks if mark.past]
    if cycling.agreed is not None:
        spans.append(Span.parse(cycling.agreed))
    return all(span.unit == "elapsed" for span in spans)


class _Turn:
    """What comes of an effect, after the marks of its own instant."""

    def __init__(self, policy: Policy, severity: str, plan: str | None, turning: Turning) -> None:
        self._policy = policy
        self._severity, self._plan = severity, plan
        self._turning = turning

    def after(self, begins: datetime, until: datetime) -> Iterator[list[tuple[datetime, Told]]]:
        """What is raised on a ticket that has nothing but this before it."""
        turning, policy = self._turning, self._policy
        ticket = _undisturbed(policy, self._severity, self._plan, turning.agreed, begins)
        ticket.set_status(turning.status, begins)
        ticket.effects = turning.effects
        judge = Judge(ticket, policy)
        _, mark = policy.numbered_marks[turning.mark]
        if mark.effect is not None:
            judge.turn(mark.effect, begins)
        judge.pass_time(until)
        yield [
            (event.reached_at, Told(event.clock, event.kind, event.role))
            for event in judge.verdicts.events
        ]
