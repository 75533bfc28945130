"""The ``clocks`` of a policy file: each a promise with a row of targets for every severity."""

from datetime import timedelta
from itertools import product
from typing import Literal, cast

from app.domain.calendar import Calendar
from app.domain.conditions import Pattern
from app.domain.events import OPENED
from app.domain.marks import BREACH
from app.domain.policy import Clock, Target
from app.domain.ticket import STATUSES
from app.policy_files.document import Faults, Node
from app.policy_files.marks import read_marks
from app.policy_files.spelling import did_you_mean
from app.policy_files.words import (
    Names,
    one_of,
    optional_flag,
    optional_one_of,
    read_conditions,
    read_id,
    read_patterns,
)

COMMITMENTS = ("guarantee", "target", "reminder")
SHORTEST_CYCLE = timedelta(minutes=1)
WAYS_TO_REOPEN = ("resume", "restart", "stay")

Commitment = Literal["guarantee", "target", "reminder"]


def read_commitment(node: Node | None, default: str) -> Commitment:
    """How binding the promise is."""
    return cast("Commitment", optional_one_of(node, COMMITMENTS, "commitment") or default)


def read_clocks(node: Node | None, names: Names, commitment: str) -> tuple[Clock, ...]:
    """The clocks in their order, which is part of the rules (25)."""
    clocks: list[Clock] = []
    faults = Faults()
    for place, item in enumerate(node.items() if node else ()):
        with faults.gathered():
            clock = _read_clock(item, place, names, commitment)
            if any(clock.id == other.id for other in clocks):
                item.refuse(f"there is a clock {clock.id!r} already")
            clocks.append(clock)
    faults.refuse()
    return tuple(clocks)


def _read_clock(node: Node, place: int, names: Names, commitment: str) -> Clock:
    node.only(
        "id",
        "starts",
        "meets",
        "restarts",
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
        restarts=read_patterns(node.get("restarts"), names),
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
            "Literal['resume', 'restart', 'stay']",
            optional_one_of(node.get("on_reopen"), ("resume", "restart", "stay"), "way")
            or "resume",
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
    if clock.repeats and clock.outlives_resolution:
        node.refuse("a repeating clock ends with the work: leave out outlives_resolution")
    if clock.repeats:
        _check_that_it_moves(node, clock)
        if any(mark.past for target in clock.targets for mark in target.marks):
            node.refuse("a repeating clock begins anew at what is due: nothing is past it")


def _check_that_it_moves(node: Node, clock: Clock) -> None:
    """A repeating clock whose cycle takes no time would never come to an end."""
    for target in clock.targets:
        for mark in target.marks:
            ends_cycle = mark.kind == BREACH or clock.reminder
            too_short = mark.after.unit == "elapsed" and mark.after.elapsed < SHORTEST_CYCLE
            if ends_cycle and too_short:
                node.refuse("a repeating clock needs a span of a minute at least")


def _read_targets(node: Node, names: Names) -> tuple[Target, ...]:
    default = node.get("calendar")
    calendar = names.calendar(default) if default else names.calendars["always"]
    when_due = node.get("when_due")
    rows = node.require("targets").items()
    if when_due is not None and all(row.get("due") is None for row in rows):
        when_due.refuse("there is no due in any row")
    targets: list[Target] = []
    covered: set[tuple[str, str | None]] = set()
    faults = Faults()
    for row in node.require("targets").items():
        with faults.gathered():
            target = _read_target(row, names, calendar, when_due)
            covers = _covers(target, names)
            if covers <= covered:
                row.refuse("the rows above leave nothing to this one")
            covered |= covers
            targets.append(target)
    faults.refuse()
    return tuple(targets)


def _covers(target: Target, names: Names) -> set[tuple[str, str | None]]:
    """The severities and plans a row speaks of; None is a ticket without a plan."""
    plans = (*names.plans, None) if target.plans is None else target.plans
    severities = names.severities if target.severities is None else target.severities
    return set(product(severities, plans))


def _read_target(row: Node, names: Names, default: Calendar, when_due: Node | None) -> Target:
    row.only("severity", "plan", "calendar", "warn", "due", "when_due", "ladder", "repeat")
    calendar = row.get("calendar")
    return Target(
        severities=_read_subset(row.get("severity"), names.severities, "severity"),
        plans=_read_subset(row.get("plan"), names.plans, "plan"),
        calendar=names.calendar(calendar) if calendar else default,
        marks=read_marks(row, names, when_due),
    )


def _read_subset(node: Node | None, known: tuple[str, ...], what: str) -> frozenset[str] | None:
    if node is None:
        return None
    for item in node.items():
        if item.text() not in known:
            item.refuse(
                f"a target for {what} {item.text()!r}, which does not exist"
                f"{did_you_mean(item.text(), known)}; known are: {', '.join(known) or 'none'}"
            )
    return frozenset(item.text() for item in node.items())
