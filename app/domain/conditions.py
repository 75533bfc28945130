"""Conditions as data: a field, an operator, a value. Never evaluated code."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.domain.calendar import Calendar
from app.domain.errors import PolicyError
from app.domain.events import AGENT_REPLIED, RESOLVED, Fact

OPERATORS = ("is", "not", "in", "not_in", "exists")

TICKET_FIELDS = frozenset(
    {
        "severity",
        "plan",
        "kind",
        "channel",
        "line",
        "status",
        "customer",
        "title",
        "workaround_available",
    }
)


class Subject(Protocol):
    """What a condition looks at: a ticket."""

    opened_at: datetime
    attributes: dict[str, object]


@dataclass(frozen=True, slots=True)
class Condition:
    """``field`` names a member of the ticket (``kind``, ``attributes.site``), of the fact at hand
    (``fact.channel``), what the ticket was before it (``previous.severity``), or a calendar, which
    is true while open (``opened_in.business``, ``at_in.business``)."""

    field: str
    operator: str
    value: object

    def __post_init__(self) -> None:
        if self.operator not in OPERATORS:
            raise PolicyError(f"unknown operator {self.operator!r}: one of {', '.join(OPERATORS)}")
        head, _, tail = self.field.partition(".")
        dotted = head in ("attributes", "fact", "previous", "opened_in", "at_in")
        if (dotted and not tail) or (not dotted and self.field not in TICKET_FIELDS):
            raise PolicyError(f"unknown field {self.field!r} in a condition")

    def compare(self, found: object) -> bool:
        """Whether the value found satisfies the operator."""
        match self.operator:
            case "is":
                return found == self.value
            case "not":
                return found != self.value
            case "in":
                return isinstance(self.value, tuple) and found in self.value
            case "not_in":
                return isinstance(self.value, tuple) and found not in self.value
            case _:
                return (found is not None) == self.value


@dataclass(frozen=True, slots=True)
class Situation:
    """What conditions are judged in: the ticket, and, at a fact, the fact and what was before."""

    ticket: Subject
    calendars: Mapping[str, Calendar]
    at: datetime
    fact: Fact | None = None
    previous: object | None = None

    def find(self, field: str) -> object:
        """The value of a field; None where there is none."""
        head, _, tail = field.partition(".")
        match head:
            case "attributes":
                return self.ticket.attributes.get(tail)
            case "fact":
                return self.fact.data.get(tail) if self.fact else None
            case "previous":
                return getattr(self.previous, tail, None)
            case "opened_in":
                return self.calendars[tail].is_open(self.ticket.opened_at)
            case "at_in":
                return self.calendars[tail].is_open(self.at)
            case _:
                return getattr(self.ticket, field)

    def holds(self, conditions: tuple[Condition, ...]) -> bool:
        """Whether all of them hold."""
        return all(condition.compare(self.find(condition.field)) for condition in conditions)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A kind of fact, and what must hold for it to count.

    ``ticket.agent_replied`` means a public reply: an internal note never counts (14).
    """

    type: str
    conditions: tuple[Condition, ...] = ()

    def matches(self, situation: Situation, *, resolving: bool) -> bool:
        """Whether the situation's fact is of this kind; ``resolving``: it acts as resolved."""
        fact = situation.fact
        if fact is None:
            return False
        if fact.type != self.type and not (resolving and self.type == RESOLVED):
            return False
        if self.type == AGENT_REPLIED and fact.data.get("public", True) is False:
            return False
        return not self.conditions or situation.holds(self.conditions)
