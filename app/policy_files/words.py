"""The small parts of the language: names, spans, conditions, patterns of facts."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.calendar import Calendar
from app.domain.conditions import (
    OPERATORS,
    PREVIOUS_FIELDS,
    TICKET_FIELDS,
    Condition,
    Pattern,
)
from app.domain.errors import PolicyError
from app.domain.events import CHANNELS, FACT_TYPES
from app.domain.span import Span
from app.domain.ticket import STATUSES, WRITERS
from app.policy_files.document import Node
from app.policy_files.spelling import did_you_mean

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}", re.ASCII)

FIELDS = (*sorted(TICKET_FIELDS), *sorted(f"previous.{field}" for field in PREVIOUS_FIELDS))
OPEN_FIELDS = ("attributes.*", "fact.*", "opened_in.<calendar>", "at_in.<calendar>")
"""What a condition may look at: fields by name, and fields whose names are not the language's."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a policy has named, for the places that refer to it."""

    severities: tuple[str, ...]
    plans: tuple[str, ...]
    lines: tuple[str, ...]
    roles: tuple[str, ...]
    calendars: Mapping[str, Calendar]

    def role(self, node: Node) -> str:
        """A role the policy names."""
        return one_of(node, self.roles, "role")

    def calendar(self, node: Node) -> Calendar:
        """A calendar the policy names."""
        return self.calendars[one_of(node, self.calendars, "calendar")]


def one_of(node: Node, known: Iterable[str], what: str) -> str:
    """One of the known words; anything else is refused."""
    word, choice = node.text(), tuple(known)
    if word not in choice:
        node.refuse(
            f"unknown {what} {word!r}{did_you_mean(word, choice)};"
            f" known are: {', '.join(choice) or 'none'}"
        )
    return word


def optional_one_of(node: Node | None, known: Iterable[str], what: str) -> str | None:
    """One of the known words, or None where nothing stands."""
    return None if node is None else one_of(node, known, what)


def optional_text(node: Node | None) -> str | None:
    """A text, or None where nothing stands."""
    return None if node is None else node.text()


def optional_flag(node: Node | None) -> bool:
    """True only where it stands."""
    return node is not None and node.flag()


def texts(node: Node | None) -> tuple[str, ...]:
    """A list of different texts."""
    found: list[str] = []
    for item in node.items() if node else ():
        if item.text() in found:
            item.refuse(f"{item.text()!r} stands here twice")
        found.append(item.text())
    return tuple(found)


def plain_names(node: Node | None) -> tuple[str, ...]:
    """A list of names, by which tickets call them without regard to case."""
    found = texts(node)
    for item in node.items() if node else ():
        if [name.casefold() for name in found].count(item.text().casefold()) > 1:
            item.refuse(f"{item.text()!r} stands here twice: capitals make no difference")
    return found


def read_id(node: Node) -> str:
    """The name of a policy or a clock, fit to stand in a URL."""
    if not _ID.fullmatch(node.text()):
        node.refuse("an id is of small letters, digits, - and _, 63 at most")
    return node.text()


def read_date(text: str, node: Node) -> date:
    """A date such as 2026-12-24; ``node`` is where it stands."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        node.refuse(f"{text!r} is no date; write 2026-12-24")
    return found


def read_span(node: Node) -> Span:
    """A span such as ``4h`` or ``2bd``; whole days are counted from 1."""
    try:
        span = Span.parse(node.text())
    except PolicyError as error:
        node.refuse(str(error))
    if span.unit != "elapsed" and span.days < 1:
        node.refuse(f"{span.text!r}: business days are counted from 1")
    return span


def read_patterns(node: Node | None, names: Names) -> tuple[Pattern, ...]:
    """A list of facts, each a type or ``{fact: type, if: conditions}``."""
    return tuple(read_pattern(item, names) for item in (node.items() if node else ()))


def read_pattern(node: Node, names: Names) -> Pattern:
    """A fact: its type, or ``{fact: type, if: conditions}``."""
    if not isinstance(node.value, dict):
        return Pattern(one_of(node, FACT_TYPES, "fact"))
    node.only("fact", "if")
    return Pattern(
        one_of(node.require("fact"), FACT_TYPES, "fact"), read_conditions(node.get("if"), names)
    )


def read_conditions(
    node: Node | None, names: Names, *, at_a_fact: bool = True
) -> tuple[Condition, ...]:
    """``{field: value}`` or ``{field: {operator: value}}``; all must hold.

    Without ``at_a_fact`` there is no fact to look at: only what the ticket is counts.
    """
    conditions = []
    for field, wanted in node.members() if node else ():
        head, _, tail = field.partition(".")
        if not at_a_fact and head in ("fact", "previous", "at_in"):
            wanted.refuse(f"{field!r} looks at a fact, and there is none here")
        if head in ("opened_in", "at_in") and tail not in names.calendars:
            wanted.refuse(f"unknown calendar {tail!r}{did_you_mean(tail, names.calendars)}")
        conditions.append(_read_condition(field, wanted, names))
    return tuple(conditions)


def _read_condition(field: str, wanted: Node, names: Names) -> Condition:
    operator, value = "is", wanted
    if isinstance(wanted.value, dict):
        if len(wanted.value) != 1:
            wanted.refuse(f"one operator was expected: {', '.join(OPERATORS)}")
        operator, value = next(wanted.entries())
        if operator not in OPERATORS:
            near = did_you_mean(operator, OPERATORS)
            wanted.refuse(f"unknown operator {operator!r}{near}; known are: {', '.join(OPERATORS)}")
    if operator == "exists":
        plain: object = value.flag()
    elif operator in ("in", "not_in"):
        plain = tuple(_read_value(field, item, names) for item in value.items())
    else:
        plain = _read_value(field, value, names)
    try:
        return Condition(field, operator, plain)
    except PolicyError as error:
        wanted.refuse(
            f"{error}{did_you_mean(field, FIELDS)}; known are: {', '.join(FIELDS)},"
            f" and {', '.join(OPEN_FIELDS)}"
        )


def _read_value(field: str, node: Node, names: Names) -> object:
    """What a field is compared to; of a few it is known which values there can be."""
    known: tuple[str, ...] | None = {
        "severity": names.severities,
        "plan": names.plans,
        "line": names.lines,
        "status": STATUSES,
        "last_message_by": WRITERS,
        "channel": CHANNELS,
    }.get(field.removeprefix("previous.").removeprefix("fact."))
    if known is not None and node.value is not None:
        return one_of(node, known, field)
    if isinstance(node.value, dict | list):
        node.refuse("a single value was expected")
    return node.plain()
