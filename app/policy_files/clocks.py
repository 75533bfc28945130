"""The ``clocks`` of a policy file: each a promise with a row of targets for every severity."""

import dataclasses
from datetime import timedelta
from itertools import product
from typing import Literal, cast

from app.domain.calendar import Calendar
from app.domain.conditions import Pattern
from app.domain.events import OPENED
from app.domain.policy import BREACH, ESCALATION, WARNING, Clock, Effect, Mark, Span, Target
from app.domain.ticket import STATUSES
from app.policy_files.document import Node
from app.policy_files.words import (
    Names,
    one_of,
    optional_flag,
    optional_one_of,
    optional_text,
    read_conditions,
    read_id,
    read_patterns,
    read_span,
)

COMMITMENTS = ("guarantee", "target", "reminder")
MOST_REPEATS = 100

Commitment = Literal["guarantee", "target", "reminder"]


def read_commitment(node: Node | None, default: str) -> Commitment:
    """How binding the promise is."""
    return cast("Commitment", optional_one_of(node, COMMITMENTS, "commitment") or default)


def read_clocks(node: Node | None, names: Names, commitment: str) -> tuple[Clock, ...]:
    """The clocks in their order, which is part of the rules (25)."""
    clocks: list[Clock] = []
    for place, item in enumerate(node.items() if node else ()):
        clock = _read_clock(item, place, names, commitment)
        if any(clock.id == other.id for other in clocks):
            item.refuse(f"there is a clock {clock.id!r} already")
        clocks.append(clock)
    return tuple(clocks)


def _read_clock(node: Node, place: int, names: Names, commitment: str) -> Clock:
    node.only(
        "id",
        "starts",
        "meets",
        "pauses_on",
        "calendar",
        "commitment",
        "repeats",
        "when",
        "line",
        "outlives_resolution",
        "interval_agreed",
        "on_reopen",
        "stops_on",
        "when_due",
        "targets",
    )
    pauses_on = node.get("pauses_on")
    clock = Clock(
        id=read_id(node.require("id")),
        place=place,
        starts=read_patterns(node.get("starts"), names) or (Pattern(OPENED),),
        meets=read_patterns(node.get("meets"), names),
        targets=_read_targets(node, names),
        pauses_on=frozenset(
            one_of(item, STATUSES, "status") for item in (pauses_on.items() if pauses_on else ())
        ),
        commitment=read_commitment(node.get("commitment"), commitment),
        repeats=optional_flag(node.get("repeats")),
        when=read_conditions(node.get("when"), names, at_a_fact=False),
        line=optional_one_of(node.get("line"), names.lines, "line"),
        outlives_resolution=optional_flag(node.get("outlives_resolution")),
        interval_agreed=optional_flag(node.get("interval_agreed")),
        on_reopen=cast(
            "Literal['resume', 'restart']",
            optional_one_of(node.get("on_reopen"), ("resume", "restart"), "way") or "resume",
        ),
        stops_on_acknowledgement=optional_one_of(
            node.get("stops_on"), ("acknowledged",), "reason to stop"
        )
        is not None,
    )
    _check_clock(node, clock)
    return clock


def _check_clock(node: Node, clock: Clock) -> None:
    """Members that each are right, and together mean nothing."""
    if clock.line is not None and node.get("starts"):
        node.refuse("a clock on a line starts when the ticket enters it: leave out starts")
    if clock.reminder and not clock.repeats:
        node.refuse("a reminder repeats: add repeats: true")
    if clock.reminder and any(target.goal for target in clock.targets):
        node.refuse("a reminder has no verdict: write a ladder instead of due")
    if clock.repeats:
        _check_that_it_moves(node, clock)


def _check_that_it_moves(node: Node, clock: Clock) -> None:
    """A repeating clock whose cycle takes no time would never come to an end."""
    for target in clock.targets:
        for mark in target.marks:
            ends_cycle = mark.kind == BREACH or clock.reminder
            if ends_cycle and mark.after.unit == "elapsed" and not mark.after.elapsed:
                node.refuse("a repeating clock needs a span longer than nothing")


def _read_targets(node: Node, names: Names) -> tuple[Target, ...]:
    default = node.get("calendar")
    calendar = names.calendar(default) if default else names.calendars["always"]
    when_due = node.get("when_due")
    targets: list[Target] = []
    covered: set[tuple[str, str | None]] = set()
    for row in node.require("targets").items():
        target = _read_target(row, names, calendar, when_due)
        covers = _covers(target, names)
        if covers <= covered:
            row.refuse("the rows above leave nothing to this one")
        covered |= covers
        targets.append(target)
    return tuple(targets)


def _covers(target: Target, names: Names) -> set[tuple[str, str | None]]:
    """The severities and plans a row speaks of; None is a ticket without a plan."""
    plans = (*names.plans, None) if target.plans is None else target.plans
    severities = names.severities if target.severities is None else target.severities
    return set(product(severities, plans))


def _read_target(row: Node, names: Names, default: Calendar, when_due: Node | None) -> Target:
    row.only("severity", "plan", "calendar", "warn", "due", "when_due", "ladder", "repeat")
    calendar = row.get("calendar")
    marks = _read_warnings(row, names) + _read_due(row, names, row.get("when_due") or when_due)
    ladder = row.get("ladder")
    first_tier = 1 + sum(mark.kind == ESCALATION for mark in marks)
    for tier, item in enumerate(ladder.items() if ladder else (), first_tier):
        marks.append(_read_rung(item, names, tier))
    marks += _read_repeat(row.get("repeat"), marks)
    return Target(
        severities=_read_subset(row.get("severity"), names.severities, "severity"),
        plans=_read_subset(row.get("plan"), names.plans, "plan"),
        calendar=names.calendar(calendar) if calendar else default,
        marks=tuple(marks),
    )


def _read_subset(node: Node | None, known: tuple[str, ...], what: str) -> frozenset[str] | None:
    if node is None:
        return None
    return frozenset(one_of(item, known, what) for item in node.items())


def _read_warnings(row: Node, names: Names) -> list[Mark]:
    """``warn: 2h``, or a list of ``{after, tell, if}``."""
    node = row.get("warn")
    warnings: list[Mark] = []
    for item in node.items() if node else ():
        mark = _read_warning(item, names)
        earlier = sum(mark.role == other.role for other in warnings)
        warnings.append(dataclasses.replace(mark, repetition=earlier))
    return warnings


def _read_warning(node: Node, names: Names) -> Mark:
    if not isinstance(node.value, dict):
        return Mark(WARNING, read_span(node))
    node.only("after", "tell", "reason", "if", "data")
    role = node.get("tell")
    return Mark(
        WARNING,
        read_span(node.require("after")),
        role=names.role(role) if role else None,
        reason=optional_text(node.get("reason")),
        conditions=read_conditions(node.get("if"), names, at_a_fact=False),
        data=read_data(node.get("data")),
    )


def _read_due(row: Node, names: Names, when_due: Node | None) -> list[Mark]:
    """``due: 4h`` is a breach; "when due: escalation to X" a breach and a rung (27)."""
    due = row.get("due")
    if due is None:
        if (here := row.get("when_due")) is not None:
            here.refuse("there is no due")
        return []
    span = read_span(due)
    marks = [Mark(BREACH, span)]
    if when_due is not None:
        when_due.only("tell", "reason", "move_to_line", "close", "if", "data")
        marks.append(_rung(when_due, names, 1, span))
    return marks


def _read_rung(node: Node, names: Names, tier: int) -> Mark:
    node.only("after", "tell", "reason", "move_to_line", "close", "if", "data")
    return _rung(node, names, tier, read_span(node.require("after")))


def _rung(node: Node, names: Names, tier: int, span: Span) -> Mark:
    reason = optional_text(node.get("reason"))
    line = optional_one_of(node.get("move_to_line"), names.lines, "line")
    close = optional_flag(node.get("close"))
    return Mark(
        ESCALATION,
        span,
        tier=tier,
        role=names.role(node.require("tell")),
        reason=reason,
        effect=Effect(line, close=close, reason=reason) if line or close else None,
        conditions=read_conditions(node.get("if"), names, at_a_fact=False),
        data=read_data(node.get("data")),
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
