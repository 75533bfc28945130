"""Conditions as data: a field, an operator, a value. Never evaluated code."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from app.domain.calendar import Calendar
from app.domain.errors import PolicyError
from app.domain.events import AGENT_REPLIED, RESOLVED, Fact
from app.domain.ticket import Before, Ticket

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
        "last_message_by",
    }
)
PREVIOUS_FIELDS = frozenset({"severity", "plan", "line", "status", "kind", "last_message_by"})


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
        head, dot, tail = self.field.partition(".")
        if head in ("attributes", "fact", "opened_in", "at_in"):
            known = bool(tail)
        elif head == "previous":
            known = tail in PREVIOUS_FIELDS
        else:
            known = not dot and head in TICKET_FIELDS
        if not known:
            raise PolicyError(f"unknown field {self.field!r} in a condition")

    def compare(self, found: object) -> bool:
        """Whether the value found satisfies the operator."""
        match self.operator:
            case "is":
                return _same(found, self.value)
            case "not":
                return not _same(found, self.value)
            case "in":
                return self._is_one_of(found)
            case "not_in":
                return not self._is_one_of(found)
            case _:
                return (found is not None) == self.value

    def _is_one_of(self, found: object) -> bool:
        return isinstance(self.value, tuple) and any(_same(found, each) for each in self.value)


def _same(found: object, value: object) -> bool:
    """Equal, and both a flag or neither: in Python 1 is True, in a policy it is not."""
    return found == value and isinstance(found, bool) is isinstance(value, bool)


class Situation(NamedTuple):
    """What conditions are judged in: the ticket, and, at a fact, the fact and what was before."""

    ticket: Ticket
    calendars: Mapping[str, Calendar]
    fact: Fact | None = None
    before: Before | None = None
    resolves: bool = False
    """Whether the fact acts as ``ticket.resolved``, whatever its type."""

    def holds(self, conditions: tuple[Condition, ...]) -> bool:
        """Whether all of them hold."""
        return all(condition.compare(self.find(condition.field)) for condition in conditions)

    def find(self, field: str) -> object:
        """The value of a field; None where there is none."""
        head, _, tail = field.partition(".")
        match head:
            case "attributes":
                return self.ticket.attributes.get(tail)
            case "fact":
                return self.fact.data.get(tail) if self.fact else None
            case "previous":
                return getattr(self.before, tail, None)
            case "opened_in":
                return self.calendars[tail].is_open(self.ticket.opened_at)
            case "at_in":
                return self.fact is not None and self.calendars[tail].is_open(self.fact.at)
            case _:
                return getattr(self.ticket, field)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A kind of fact, and what must hold for it to count.

    ``ticket.agent_replied`` means a public reply: an internal note never counts (14).
    ``ticket.resolved`` means every fact that acts as it.
    """

    type: str
    conditions: tuple[Condition, ...] = ()

    def matches(self, situation: Situation) -> bool:
        """Whether the situation's fact is of this kind."""
        fact = situation.fact
        if fact is None:
            return False
        if fact.type != self.type and not (situation.resolves and self.type == RESOLVED):
            return False
        if self.type == AGENT_REPLIED and not fact.public:
            return False
        return not self.conditions or situation.holds(self.conditions)
