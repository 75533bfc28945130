"""What a policy file says, parsed: severities, calendars, clocks with their marks, notices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from app.domain.calendar import Calendar
from app.domain.conditions import Condition, Pattern, Situation
from app.domain.errors import FactRefused
from app.domain.events import ACKNOWLEDGED, AGENT_REPLIED, CLOSED
from app.domain.marks import BREACH, Mark
from app.domain.span import Span
from app.domain.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Target:
    """What a clock promises for the severities and plans named: its calendar and its marks."""

    severities: frozenset[str] | None
    plans: frozenset[str] | None
    calendar: Calendar
    marks: tuple[Mark, ...]

    goal: Span | None = field(init=False)
    """The span of the breach mark; None where there is no promise to break."""

    def __post_init__(self) -> None:
        goal = next((mark.after for mark in self.marks if mark.kind == BREACH), None)
        object.__setattr__(self, "goal", goal)


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise: what starts and meets it, what pauses it, and its targets (9)."""

    id: str
    place: int
    starts: tuple[Pattern, ...]
    meets: tuple[Pattern, ...]
    targets: tuple[Target, ...]
    restarts: tuple[Pattern, ...] = ()
    """Facts at which the running cycle begins anew."""
    pauses_on: frozenset[str] = frozenset()
    commitment: Literal["guarantee", "target", "reminder"] = "target"
    repeats: bool = False
    when: tuple[Condition, ...] = ()
    line: str | None = None
    outlives_resolution: bool = False
    interval_agreed: bool = False
    on_reopen: Literal["resume", "restart", "stay"] = "resume"
    stops_on_acknowledgement: bool = False

    reminder: bool = field(init=False)
    """A reminder repeats without end or verdict (15)."""
    watches: frozenset[str] = field(init=False)
    """The types of fact that start, restart or meet it."""
    awaiting: Mapping[str, tuple[Pattern, int]] = field(init=False, hash=False)
    """What its rungs await, and how many of it at most."""
    conditional: bool = field(init=False)
    """Whether some mark asks for more than time, so that any fact may change what comes next."""
    measures_work: bool = field(init=False)
    """Whether only work done meets it: no answer does."""
    bound: bool = field(init=False)
    """Whether it runs only on a line or under a condition, so that any fact may end it (9)."""

    def __post_init__(self) -> None:
        marks = [mark for target in self.targets for mark in target.marks]
        patterns = (*self.starts, *self.restarts, *self.meets)
        watches = frozenset(pattern.type for pattern in patterns)
        awaits = [mark.awaits for mark in marks if mark.awaits]
        awaiting = {each.key: (each.pattern, 0) for each in awaits}
        for each in awaits:
            awaiting[each.key] = each.pattern, max(each.times, awaiting[each.key][1])
        conditional = bool(awaiting) or any(mark.conditions for mark in marks)
        bound = bool(self.when) or self.line is not None
        object.__setattr__(self, "reminder", self.commitment == "reminder")
        object.__setattr__(self, "watches", watches)
        object.__setattr__(self, "conditional", conditional)
        object.__setattr__(self, "awaiting", awaiting)
        answers = {ACKNOWLEDGED, AGENT_REPLIED}.intersection(each.type for each in self.meets)
        object.__setattr__(self, "measures_work", not answers)
        object.__setattr__(self, "bound", bound)

    def asks_for(self, member: str) -> bool:
        """Whether it hangs on a member of the ticket by a condition."""
        marks = [mark for target in self.targets for mark in target.marks]
        conditions = [each for mark in marks for each in mark.conditions]
        return any(each.field == member for each in (*self.when, *conditions))


@dataclass(frozen=True, slots=True)
class Notice:
    """Tells a role of a fact, without a clock."""

    on: Pattern
    role: str
    reason: str | None = None
    data: Mapping[str, object] = field(default_factory=dict, hash=False)
    once: bool = False
    """Whether its role is told only once of a ticket for this reason."""


@dataclass(frozen=True, slots=True)
class Severity:
    """A level of severity; ids, names and aliases all name it, without regard to case."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeverityStep:
    """A ticket for which this holds is so many severities less severe than reported."""

    conditions: tuple[Condition, ...]
    down: int


@dataclass(frozen=True, slots=True)
class Flag:
    """A word that a ticket's state shows while something holds."""

    name: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """What a role is handed whenever it is told of a ticket for which this holds."""

    conditions: tuple[Condition, ...]
    data: Mapping[str, object] = field(hash=False)


@dataclass(frozen=True)
class Policy:
    """One version of an organisation's rules."""

    id: str
    version: str
    severities: tuple[Severity, ...]
    clocks: tuple[Clock, ...]
    calendars: Mapping[str, Calendar]
    roles: frozenset[str]
    name: str = ""
    default_severity: str | None = None
    plans: tuple[str, ...] = ()
    default_plan: str | None = None
    lines: tuple[str, ...] = ()
    opening_line: str | None = None
    resolves: tuple[Pattern, ...] = ()
    notices: tuple[Notice, ...] = ()
    severity_steps: tuple[SeverityStep, ...] = ()
    flags: tuple[Flag, ...] = ()
    carries: Mapping[str, tuple[Carried, ...]] = field(default_factory=dict)
    """What roles are handed, by role."""
    effective_from: date | None = None
    document: Mapping[str, object] = field(default_factory=dict)
    """The file's content as read, with its notes and assumptions."""

    @cached_property
    def _targets(self) -> dict[tuple[str, str, str | None], Target | None]:
        return {}

    @cached_property
    def numbered_marks(self) -> tuple[tuple[Clock, Mark], ...]:
        """Every mark and its clock, in the order of the file; a mark's place is its number."""
        return tuple(
            (clock, each)
            for clock in self.clocks
            for target in clock.targets
            for mark in target.marks
            for each in ((mark, mark.awaits.meanwhile) if mark.awaits else (mark,))
        )

    @cached_property
    def mark_numbers(self) -> dict[int, int]:
        """The numbers of the marks by the identity of the object, which is quick to ask for."""
        return {id(mark): number for number, (_, mark) in enumerate(self.numbered_marks)}

    @cached_property
    def moves_plainly(self) -> bool:
        """Whether moving a ticket to a line concerns none but the clocks of lines.

        And whether what these then do hangs on nothing that the ticket has been through.
        """
        bound = [clock for clock in self.clocks if clock.line is not None]
        marks = [mark for clock in bound for target in clock.targets for mark in target.marks]
        return not (
            any(clock.asks_for("line") for clock in self.clocks)
            or any(clock.when or clock.conditional or clock.repeats for clock in bound)
            or any(mark.effect.close for mark in marks if mark.effect)
        )

    @cached_property
    def closes_plainly(self) -> bool:
        """Whether closing a ticket ends its clocks, but those it does not concern, and no more."""
        lasting = [clock for clock in self.clocks if clock.outlives_resolution]
        closing = [pattern for clock in self.clocks for pattern in (*clock.starts, *clock.restarts)]
        closing += [pattern for clock in lasting for pattern in clock.meets]
        told = [notice for notice in self.notices if notice.on.type == CLOSED]
        return not (
            any(pattern.type == CLOSED for pattern in (*closing, *self.resolves))
            or any(clock.pauses_on or clock.asks_for("status") for clock in lasting)
            or any(notice.once or notice.on.conditions for notice in told)
        )

    @cached_property
    def _severities(self) -> dict[str, str]:
        return {
            word.casefold(): severity.id
            for severity in self.severities
            for word in (severity.id, severity.name, *severity.aliases)
            if word
        }

    def severity(self, given: object) -> str:
        """The id of the severity meant; FactRefused when there is none such or none is given."""
        if given is None:
            if self.default_severity is None:
                raise FactRefused(
                    f"severity is required: policy {self.id} has no default; "
                    f"one of {', '.join(s.id for s in self.severities)}",
                    "/data/severity",
                )
            return self.default_severity
        found = self._severities.get(str(given).casefold())
        if found is None:
            raise FactRefused(
                f"policy {self.id} has no severity {str(given)[:40]!r}: "
                f"one of {', '.join(s.id for s in self.severities)}",
                "/data/severity",
            )
        return found

    def stepped(self, situation: Situation) -> str:
        """The severity a ticket has, given the one that was reported and stands in it."""
        down = sum(step.down for step in self.severity_steps if situation.holds(step.conditions))
        ids = [severity.id for severity in self.severities]
        return ids[min(ids.index(situation.ticket.severity) + down, len(ids) - 1)]

    def flags_of(self, ticket: Ticket) -> list[str]:
        """The flags that a ticket's state shows."""
        situation = Situation(ticket, self.calendars)
        return [flag.name for flag in self.flags if situation.holds(flag.conditions)]

    def handed_to(self, role: str | None, ticket: Ticket) -> dict[str, object]:
        """What a role is handed when it is told of the ticket."""
        found: dict[str, object] = {}
        for carried in self.carries.get(role or "", ()):
            if Situation(ticket, self.calendars).holds(carried.conditions):
                found.update(carried.data)
        return found

    def plan(self, given: object) -> str | None:
        """The plan meant, the default if none is given; FactRefused when there is none such."""
        if given is None:
            return self.default_plan
        return _one_of(self, "plan", self.plans, given)

    def line_named(self, given: object) -> str | None:
        """The line meant, the opening line if none is given; FactRefused when there is none."""
        if given is None:
            return self.opening_line
        return _one_of(self, "line", self.lines, given)

    def target(self, clock: Clock, severity: str, plan: str | None) -> Target | None:
        """The first target of the clock that covers this severity and plan."""
        key = (clock.id, severity, plan)
        if key not in self._targets:
            self._targets[key] = next(
                (
                    target
                    for target in clock.targets
                    if (target.severities is None or severity in target.severities)
                    and (target.plans is None or plan in target.plans)
                ),
                None,
            )
        return self._targets[key]


def _one_of(policy: Policy, what: str, known: tuple[str, ...], given: object) -> str:
    word = str(given).casefold()
    for name in known:
        if name.casefold() == word:
            return name
    choice = f"one of {', '.join(known)}" if known else "it names none"
    raise FactRefused(
        f"policy {policy.id} has no {what} {str(given)[:40]!r}: {choice}", f"/data/{what}"
    )
