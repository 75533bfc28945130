"""What a policy file says that is possible, and is hardly what its writer had in mind."""

from collections.abc import Iterator

from app.domain.events import CANCELLED, CLOSED, RESOLVED
from app.domain.marks import WARNING
from app.domain.policy import Clock, Policy, Target
from app.policy_files.document import Node
from app.policy_files.walk import clocks_in, elapsed_of, mappings_in, rows_of, rungs_of


def doubts(root: Node, policy: Policy) -> Iterator[str]:
    """What is possible, and yet is hardly what its writer had in mind; each with its place."""
    for item, clock in clocks_in(root, policy):
        yield from _doubt_meets(item, clock)
        for row, target in rows_of(item, clock):
            yield from _doubt_warnings(row, target)
            yield from _doubt_late_rungs(row, target, clock)
    calendars = root.get("calendars")
    used = set(_calendars_named(root))
    for name, node in calendars.entries() if calendars else ():
        if name not in used:
            yield node.says("no clock and no condition names this calendar")


def _calendars_named(root: Node) -> Iterator[str]:
    for node in mappings_in(root):
        for key, member in node.entries():
            head, _, tail = key.partition(".")
            if key == "calendar":
                yield member.text()
            elif head in ("opened_in", "at_in"):
                yield tail


# --- conditions ------------------------------------------------------------------------------


def _doubt_meets(item: Node, clock: Clock) -> Iterator[str]:
    """A promise that is only ever broken or cancelled; leaving a line or ``when`` keeps it, too."""
    unmet = {CANCELLED, RESOLVED, CLOSED} if clock.repeats else {CANCELLED}
    promises = any(target.goal for target in clock.targets)
    if promises and not (clock.when or clock.line):
        if not clock.meets:
            yield item.says("nothing meets this clock: it has a due and no meets")
        elif all(pattern.type in unmet for pattern in clock.meets):
            yield item.says("nothing meets this clock: what it names in meets ends it unmet")


# --- rows ------------------------------------------------------------------------------------


def _doubt_warnings(row: Node, target: Target) -> Iterator[str]:
    warn, goal = row.get("warn"), target.goal
    warnings = [mark for mark in target.marks if mark.kind == WARNING]
    for place, mark in zip(warn.items() if warn else (), warnings, strict=True):
        if goal is not None and goal.unit == "elapsed" and elapsed_of(mark) == goal.elapsed:
            yield place.says(f"a warning at the very moment it warns of: due is {goal.text}")


def _doubt_late_rungs(row: Node, target: Target, clock: Clock) -> Iterator[str]:
    goal = target.goal
    if not clock.repeats or clock.interval_agreed or goal is None or goal.unit != "elapsed":
        return
    for place, mark in rungs_of(row, target):
        at = elapsed_of(mark)
        if at is not None and at > goal.elapsed:
            yield place.says(f"a cycle that repeats is over when due, after {goal.text}")
