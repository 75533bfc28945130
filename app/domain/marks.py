"""The points on a clock at which something is told, and what reaching one does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from json import dumps

from app.domain.conditions import Condition, Pattern
from app.domain.span import Span

WARNING = "warning"
BREACH = "breach"
ESCALATION = "escalation"
NOTICE = "notice"
MET = "met"

KIND_ORDER = {NOTICE: -1, WARNING: 0, BREACH: 1, ESCALATION: 2}
"""At one instant: notices; then on each clock warning, breach, escalation (25)."""


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
class Awaits:
    """Facts without which a rung is not told, be it due: so many since the cycle's start.

    While some are missing when it is due, ``meanwhile`` tells a role so. It is then reached
    ``then`` after the last that was missing.
    """

    pattern: Pattern
    times: int
    then: Span
    meanwhile: "Mark"
    key: str = field(init=False, compare=False)
    """What is awaited: rungs that await the same facts count them together."""

    def __post_init__(self) -> None:
        conditions = [(each.field, each.operator, each.value) for each in self.pattern.conditions]
        object.__setattr__(self, "key", dumps([self.pattern.type, conditions]))


@dataclass(frozen=True, slots=True)
class Mark:
    """A point on a clock: ``after`` its start, or so long ``before`` or ``past`` that point.

    ``extra`` comes on top, in hours of open time.

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
    before: timedelta = timedelta(0)
    past: Span | None = None
    of_due: bool = False
    """Whether its place is told by what is due, and so follows an interval that is agreed."""
    awaits: Awaits | None = None
    key: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        parts = (self.kind, self.tier, self.role, self.repetition)
        key = "/".join("" if part is None else str(part) for part in parts)
        object.__setattr__(self, "key", key)
