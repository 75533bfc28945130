"""What a policy file says, parsed: severities, calendars, clocks with their marks, notices."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Literal

from app.domain.calendar import Calendar
from app.domain.conditions import Condition, Pattern
from app.domain.errors import FactRefused, PolicyError

WARNING = "warning"
BREACH = "breach"
ESCALATION = "escalation"
NOTICE = "notice"
MET = "met"

KIND_ORDER = {WARNING: 0, BREACH: 1, ESCALATION: 2}
"""At one instant and on one clock: warning, then breach, then escalation (25)."""

_ELAPSED = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)
_BUSINESS_DAYS = re.compile(r"(\d{1,4})bd", re.ASCII)
_END_OF_BUSINESS_DAY = re.compile(r"eobd\+(\d{1,4})", re.ASCII)

LONGEST = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Span:
    """How long after a start: open time (``4h``, ``1d12h``), ``2bd`` or ``eobd+1`` (6, 7)."""

    text: str
    unit: Literal["elapsed", "bd", "eobd"]
    elapsed: timedelta = timedelta(0)
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> "Span":
        """Reads ``30m 4h 2d 1w 1d12h 2bd eobd+1``; PolicyError says what is wrong."""
        if found := _BUSINESS_DAYS.fullmatch(text):
            return cls(text, "bd", days=int(found[1]))
        if found := _END_OF_BUSINESS_DAY.fullmatch(text):
            return cls(text, "eobd", days=int(found[1]))
        found = _ELAPSED.fullmatch(text)
        if not text or not found or len(text) > 20:
            raise PolicyError(f"{text!r} is no span: write 30m, 4h, 2d, 1w, 1d12h, 2bd or eobd+1")
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        try:
            elapsed = timedelta(
                weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds
            )
        except OverflowError:
            elapsed = timedelta.max
        if elapsed > LONGEST:
            raise PolicyError(f"{text!r} is longer than ten years")
        return cls(text, "elapsed", elapsed)

    def after(self, calendar: Calendar, start: datetime) -> datetime:
        """The instant this long after ``start`` on ``calendar``."""
        if self.unit != "elapsed":
            return _business_day(calendar, self.unit, self.days, start)
        return start + self.elapsed if calendar.always else calendar.add(start, self.elapsed)


@lru_cache(maxsize=4096)
def _business_day(
    calendar: Calendar, unit: Literal["bd", "eobd"], days: int, start: datetime
) -> datetime:
    """Kept, because a cycle asks for its target several times, always from the same start."""
    if unit == "bd":
        return calendar.add_business_days(start, days)
    return calendar.end_of_business_day(start, days)


@dataclass(frozen=True, slots=True)
class Effect:
    """What reaching a mark does to its ticket (26)."""

    move_to_line: str | None = None
    close: bool = False
    reason: str | None = None

    def as_data(self) -> dict[str, object]:
        """As it stands in the SLA event."""
        data: dict[str, object] = {}
        if self.move_to_line is not None:
            data["move_to_line"] = self.move_to_line
        if self.close:
            data.update(close=True, reason=self.reason)
        return data


@dataclass(frozen=True, slots=True)
class Mark:
    """A point on a clock.

    ``repetition`` counts the repeats of a ladder's last tier (19), and a role's further warnings.
    """

    kind: str
    after: Span
    tier: int | None = None
    role: str | None = None
    reason: str | None = None
    effect: Effect | None = None
    conditions: tuple[Condition, ...] = ()
    data: Mapping[str, object] = field(default_factory=dict, hash=False)
    repetition: int = 0
    extra: timedelta = timedelta(0)
    key: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        parts = (self.kind, self.tier, self.role, self.repetition)
        key = "/".join("" if part is None else str(part) for part in parts)
        object.__setattr__(self, "key", key)


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
    pauses_on: frozenset[str] = frozenset()
    commitment: Literal["guarantee", "target", "reminder"] = "target"
    repeats: bool = False
    when: tuple[Condition, ...] = ()
    line: str | None = None
    outlives_resolution: bool = False
    interval_agreed: bool = False
    on_reopen: Literal["resume", "restart"] = "resume"
    stops_on_acknowledgement: bool = False

    reminder: bool = field(init=False)
    """A reminder repeats without end or verdict (15)."""
    watches: frozenset[str] = field(init=False)
    """The types of fact that start or meet it."""
    conditional: bool = field(init=False)
    """Whether some mark has a condition, so that any fact may change what comes next."""
    bound: bool = field(init=False)
    """Whether it runs only on a line or under a condition, so that any fact may end it (9)."""

    def __post_init__(self) -> None:
        watches = frozenset(pattern.type for pattern in (*self.starts, *self.meets))
        conditional = any(mark.conditions for target in self.targets for mark in target.marks)
        bound = bool(self.when) or self.line is not None
        object.__setattr__(self, "reminder", self.commitment == "reminder")
        object.__setattr__(self, "watches", watches)
        object.__setattr__(self, "conditional", conditional)
        object.__setattr__(self, "bound", bound)


@dataclass(frozen=True, slots=True)
class Notice:
    """Tells a role of a fact, without a clock."""

    on: Pattern
    role: str
    reason: str | None = None
    data: Mapping[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Severity:
    """A level of severity; ids, names and aliases all name it, without regard to case."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()


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
    document: Mapping[str, object] = field(default_factory=dict)
    """The file's content as read, with its notes and assumptions."""

    @cached_property
    def _targets(self) -> dict[tuple[str, str, str | None], Target | None]:
        return {}

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
