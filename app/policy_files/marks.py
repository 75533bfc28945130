"""The marks in a row of targets: warnings, the breach, and the rungs of its ladder."""

import dataclasses
from datetime import timedelta

from app.domain.marks import BREACH, ESCALATION, NOTICE, WARNING, Awaits, Effect, Mark
from app.domain.span import Span
from app.policy_files.document import Node
from app.policy_files.words import (
    Names,
    optional_flag,
    optional_one_of,
    optional_text,
    read_conditions,
    read_pattern,
    read_span,
)

MOST_REPEATS = 100
MOST_AWAITED = 100
PLACES = ("after", "before", "past")


def read_marks(row: Node, names: Names, when_due: Node | None) -> tuple[Mark, ...]:
    """The marks of a row; ``when_due`` is the clock's, for rows without one of their own."""
    marks = _read_due(row, names, row.get("when_due") or when_due)
    marks = _read_warnings(row, names) + marks
    ladder = row.get("ladder")
    first_tier = 1 + sum(mark.kind == ESCALATION for mark in marks)
    for tier, item in enumerate(ladder.items() if ladder else (), first_tier):
        marks.append(_read_rung(item, row, names, tier))
    return (*marks, *_read_repeat(row.get("repeat"), marks))


def _read_warnings(row: Node, names: Names) -> list[Mark]:
    """``warn: 2h``, or a list of ``{after, tell, if}``."""
    node = row.get("warn")
    warnings: list[Mark] = []
    for item in node.items() if node else ():
        mark = _read_warning(item, row, names)
        earlier = sum(mark.role == other.role for other in warnings)
        warnings.append(dataclasses.replace(mark, repetition=earlier))
    return warnings


def _read_warning(node: Node, row: Node, names: Names) -> Mark:
    if not isinstance(node.value, dict):
        return Mark(WARNING, read_span(node))
    node.only(*PLACES, "tell", "reason", "if", "data")
    role = node.get("tell")
    return dataclasses.replace(
        _read_place(WARNING, node, row),
        role=names.role(role) if role else None,
        reason=optional_text(node.get("reason")),
        conditions=read_conditions(node.get("if"), names, at_a_fact=False),
        data=read_data(node.get("data")),
    )


def _read_place(kind: str, node: Node, row: Node) -> Mark:
    """A mark ``after: 1h`` from the start; ``before: 1h`` or ``past: 1h``, from what is due."""
    places = [place for word in PLACES if (place := node.get(word)) is not None]
    if len(places) != 1:
        node.refuse("a mark has one place: after the start, before what is due, or past it")
    (place,) = places
    span, due = read_span(place), row.get("due")
    if place is node.get("after"):
        return Mark(kind, span)
    if due is None:
        place.refuse("there is no due in this row; write after")
    goal = read_span(due)
    if place is node.get("past"):
        return Mark(kind, goal, past=span, of_due=True)
    if span.unit != "elapsed" or not span.elapsed:
        place.refuse("so long before is told in hours or minutes, such as 45m")
    if goal.unit == "elapsed" and span.elapsed >= goal.elapsed:
        place.refuse(f"that is before the clock starts: due is {goal.text} after it")
    return Mark(kind, goal, before=span.elapsed, of_due=True)


def _read_due(row: Node, names: Names, when_due: Node | None) -> list[Mark]:
    """``due: 4h`` is a breach; "when due: escalation to X" a breach and a rung (27)."""
    due = row.get("due")
    if due is None:
        if (here := row.get("when_due")) is not None:
            here.refuse("there is no due")
        return []
    span = read_span(due)
    marks = [Mark(BREACH, span, of_due=True)]
    if when_due is not None:
        when_due.only("tell", "reason", "move_to_line", "close", "if", "data")
        marks.append(_rung(when_due, names, Mark(ESCALATION, span, tier=1, of_due=True)))
    return marks


def _read_rung(node: Node, row: Node, names: Names, tier: int) -> Mark:
    node.only(*PLACES, "tell", "reason", "move_to_line", "close", "if", "awaits", "data")
    awaits = _read_awaits(node.get("awaits"), names, tier)
    place = _read_place(ESCALATION, node, row)
    return _rung(node, names, dataclasses.replace(place, tier=tier, awaits=awaits))


def _rung(node: Node, names: Names, mark: Mark) -> Mark:
    """The mark, with what the file says of it besides its place."""
    reason = optional_text(node.get("reason"))
    line = optional_one_of(node.get("move_to_line"), names.lines, "line")
    close = optional_flag(node.get("close"))
    return dataclasses.replace(
        mark,
        role=names.role(node.require("tell")),
        reason=reason,
        effect=Effect(line, close=close, reason=reason) if line or close else None,
        conditions=read_conditions(node.get("if"), names, at_a_fact=False),
        data=read_data(node.get("data")),
    )


def _read_awaits(node: Node | None, names: Names, tier: int) -> Awaits | None:
    if node is None:
        return None
    node.only("fact", "if", "times", "then", "meanwhile")
    meanwhile = node.require("meanwhile")
    meanwhile.only("tell", "reason", "data")
    return Awaits(
        pattern=read_pattern(node.part("fact", "if"), names),
        times=node.require("times").number(1, MOST_AWAITED),
        then=read_span(node.require("then")),
        meanwhile=Mark(
            NOTICE,
            Span.parse("0m"),
            repetition=tier,
            role=names.role(meanwhile.require("tell")),
            reason=optional_text(meanwhile.get("reason")),
            data=read_data(meanwhile.get("data")),
        ),
    )


def _read_repeat(node: Node | None, marks: list[Mark]) -> list[Mark]:
    """The last tier again, ``times`` times, ``every`` so long after its first (19)."""
    if node is None:
        return []
    node.only("every", "times")
    rungs = [mark for mark in marks if mark.kind == ESCALATION]
    if not rungs:
        node.refuse("there is no tier to repeat")
    every = read_span(node.require("every"))
    if every.unit != "elapsed" or every.elapsed < timedelta(minutes=1):
        node.refuse("a tier is repeated every so many minutes or hours, at least 1m")
    return [
        dataclasses.replace(rungs[-1], repetition=count, extra=every.elapsed * count)
        for count in range(1, node.require("times").number(1, MOST_REPEATS) + 1)
    ]


def read_data(node: Node | None) -> dict[str, object]:
    """What the policy hands to the role it tells."""
    return {key: value.plain() for key, value in node.entries()} if node else {}
