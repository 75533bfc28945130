"""What a file says that is well formed, and yet cannot be meant.

Faults are impossible by the rules: what never holds, never starts, never comes. They are looked for
when a file is read; a version kept earlier is taken as it is. Doubts are only unlikely.
"""

from collections.abc import Iterator
from datetime import timedelta

from app.domain.conditions import Condition
from app.domain.events import CANCELLED, CLOSED, OPENED, RESOLVED
from app.domain.marks import ESCALATION, WARNING, Mark
from app.domain.policy import Clock, Policy, Target
from app.domain.ticket import DONE, STATUSES, WRITERS
from app.policy_files.document import Faults, Node
from app.policy_files.words import Names, read_conditions

TEXTS = frozenset({"kind", "channel", "title", "customer"})
"""Members of a ticket that are always texts, whatever was sent."""

OTHERS_WORDS = frozenset({"data", "note", "assumed", "calendars"})
"""Where words that look like the language's are somebody else's."""

Values = tuple[object, ...]


def refuse_impossible(root: Node, policy: Policy) -> None:
    """PolicyFileError with everything in the file that the rules make impossible."""
    names = _names_of(policy)
    faults = Faults()
    for node in _mappings(root):
        with faults.gathered():
            _check_conditions(node, names)
    for item, clock in _clocks(root, policy):
        for check in (_check_starts, _check_when):
            with faults.gathered():
                check(item, clock)
        for row, target in _rows(item, clock):
            with faults.gathered():
                _check_reachable(row, target, clock, names)
            with faults.gathered():
                _check_order(row, target)
    faults.refuse()


def doubts(root: Node, policy: Policy) -> Iterator[str]:
    """What is possible, and yet is hardly what its writer had in mind; each with its place."""
    for item, clock in _clocks(root, policy):
        yield from _doubt_meets(item, clock)
        for row, target in _rows(item, clock):
            yield from _doubt_warnings(row, target)
            yield from _doubt_late_rungs(row, target, clock)
    calendars = root.get("calendars")
    used = set(_calendars_named(root))
    for name, node in calendars.entries() if calendars else ():
        if name not in used:
            yield node.says("no clock and no condition names this calendar")


def _names_of(policy: Policy) -> Names:
    return Names(
        severities=tuple(severity.id for severity in policy.severities),
        plans=policy.plans,
        lines=policy.lines,
        roles=tuple(sorted(policy.roles)),
        calendars=policy.calendars,
    )


def _clocks(root: Node, policy: Policy) -> Iterator[tuple[Node, Clock]]:
    node = root.get("clocks")
    return zip(node.items() if node else (), policy.clocks, strict=True)


def _rows(item: Node, clock: Clock) -> Iterator[tuple[Node, Target]]:
    return zip(item.require("targets").items(), clock.targets, strict=True)


def _mappings(node: Node) -> Iterator[Node]:
    """Every mapping of the language's own words, from the outermost in."""
    if isinstance(node.value, dict):
        yield node
        for key, member in node.value.items():
            if key not in OTHERS_WORDS:
                yield from _mappings(member)
    elif isinstance(node.value, list):
        for item in node.value:
            yield from _mappings(item)


def _calendars_named(root: Node) -> Iterator[str]:
    for node in _mappings(root):
        for key, member in node.entries():
            head, _, tail = key.partition(".")
            if key == "calendar":
                yield member.text()
            elif head in ("opened_in", "at_in"):
                yield tail


# --- conditions ------------------------------------------------------------------------------


def _conditions(node: Node, key: str, names: Names) -> Iterator[tuple[Node, Condition]]:
    """The conditions in a mapping, with their places."""
    stated = node.get(key)
    if stated is not None:
        places = (place for _, place in stated.entries())
        yield from zip(places, read_conditions(stated, names), strict=True)


def _check_conditions(node: Node, names: Names) -> None:
    """Each condition must hold for some ticket."""
    at_the_opening = "fact" in node.value and node.require("fact").value == OPENED
    for key in ("if", "when"):
        for place, condition in _conditions(node, key, names):
            if at_the_opening and condition.field.startswith("previous."):
                if not condition.compare(None):
                    place.refuse("this never holds: before its opening a ticket was nothing")
            else:
                _check_condition(place, condition, names)


def _check_condition(place: Node, condition: Condition, names: Names) -> None:
    field, value = condition.field, condition.value
    if condition.operator == "exists":
        return  # of a policy without plans it may say the same of every ticket, and do no harm
    values = _values_of(field, names)
    if values is not None and not any(map(condition.compare, values)):
        place.refuse(f"this never holds: {field} is {_listed(values)}")
    wanted = value if isinstance(value, tuple) else (value,)
    if condition.operator == "in" and not wanted:
        place.refuse("this never holds: in of nothing")
    equals = condition.operator in ("is", "in")
    if equals and field.removeprefix("previous.") in TEXTS and not any(map(_may_be_text, wanted)):
        place.refuse(f'this never holds: {field} is a text; write "{wanted[0]}", in quotes')


def _may_be_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _values_of(field: str, names: Names) -> Values | None:
    """What a field may be; None where anything may be."""
    if field.startswith(("opened_in.", "at_in.")):
        return (True, False)
    values: dict[str, Values] = {
        "severity": names.severities,
        "plan": (*names.plans, None),
        "line": (*names.lines, None),
        "status": STATUSES,
        "last_message_by": (*WRITERS, None),
        "workaround_available": (True, False),
    }
    known = values.get(field.removeprefix("previous."))
    return (*known, None) if known and field.startswith("previous.") else known


def _listed(values: Values) -> str:
    words = {"True": "true", "False": "false", "None": "none at all"}
    return " or ".join(dict.fromkeys(words.get(str(each), str(each)) for each in values))


# --- clocks ----------------------------------------------------------------------------------


def _check_starts(item: Node, clock: Clock) -> None:
    """No cycle starts while the work is over, except of a clock that outlives it (16)."""
    starts = item.get("starts")
    if starts is None:
        return
    if not starts.items():
        starts.refuse(f"the clock can never start: no fact starts it; leave it out for {OPENED}")
    over = {CANCELLED} if clock.outlives_resolution else {RESOLVED, CLOSED, CANCELLED}
    if all(pattern.type in over for pattern in clock.starts):
        starts.refuse(_over("the clock can never start", clock))


def _check_when(item: Node, clock: Clock) -> None:
    allowed = [
        status
        for status in STATUSES
        if all(each.compare(status) for each in clock.when if each.field == "status")
    ]
    over = {"cancelled"} if clock.outlives_resolution else DONE
    if over.issuperset(allowed):
        item.require("when").refuse(_over("the clock can never run", clock))


def _over(what: str, clock: Clock) -> str:
    if clock.outlives_resolution:
        return f"{what}: nothing runs on a cancelled ticket"
    return f"{what}: the work is over by then; add outlives_resolution: true"


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


def _check_reachable(row: Node, target: Target, clock: Clock, names: Names) -> None:
    """Some ticket must come to a row while the clock runs, and to each mark in it."""
    plans = (*names.plans, None)
    here = (
        ("severity", names.severities if target.severities is None else target.severities),
        ("plan", plans if target.plans is None else target.plans),
    )
    for field, values in here:
        if not any(_allows(clock.when, field, value) for value in values):
            row.refuse(f"no ticket comes to this row: when wants another {field}")
    for node in _mappings(row):
        for place, condition in _conditions(node, "if", names):
            for field, values in here:
                if not any(_allows((condition,), field, value) for value in values):
                    place.refuse(f"this never holds: the row is for another {field}")


def _allows(conditions: tuple[Condition, ...], field: str, value: object) -> bool:
    return all(each.compare(value) for each in conditions if each.field == field)


def _check_order(row: Node, target: Target) -> None:
    """Warnings come before what they warn of, and rungs one after another."""
    warn, goal = row.get("warn"), target.goal
    warnings = [mark for mark in target.marks if mark.kind == WARNING]
    for place, mark in zip(warn.items() if warn else (), warnings, strict=True):
        at = None if mark.past else _elapsed(mark)
        if goal is not None and goal.unit == "elapsed" and at is not None and at > goal.elapsed:
            place.refuse(f"a warning comes before what it warns of, and due is {goal.text}")
    latest = timedelta(0)
    for tier, (place, mark) in enumerate(_rungs(row, target), 1):
        at = _elapsed(mark)
        if at is None or mark.conditions or mark.awaits:
            continue
        if at < latest:
            place.refuse(f"rung {tier} of the ladder comes before one above it; put them in order")
        latest = at


def _rungs(row: Node, target: Target) -> Iterator[tuple[Node, Mark]]:
    """The rungs of the ladder, with their places; the one of when_due and repeats aside."""
    ladder = row.get("ladder")
    places = ladder.items() if ladder else []
    told = [mark for mark in target.marks if mark.kind == ESCALATION and not mark.repetition]
    return zip(places, told[len(told) - len(places) :], strict=True)


def _elapsed(mark: Mark) -> timedelta | None:
    """How long after the start; None where business days are counted."""
    spans = (mark.after, mark.past) if mark.past else (mark.after,)
    if any(span.unit != "elapsed" for span in spans):
        return None
    return sum((span.elapsed for span in spans), -mark.before)


def _doubt_warnings(row: Node, target: Target) -> Iterator[str]:
    warn, goal = row.get("warn"), target.goal
    warnings = [mark for mark in target.marks if mark.kind == WARNING]
    for place, mark in zip(warn.items() if warn else (), warnings, strict=True):
        if goal is not None and goal.unit == "elapsed" and _elapsed(mark) == goal.elapsed:
            yield place.says(f"a warning at the very moment it warns of: due is {goal.text}")


def _doubt_late_rungs(row: Node, target: Target, clock: Clock) -> Iterator[str]:
    goal = target.goal
    if not clock.repeats or clock.interval_agreed or goal is None or goal.unit != "elapsed":
        return
    for place, mark in _rungs(row, target):
        at = _elapsed(mark)
        if at is not None and at > goal.elapsed:
            yield place.says(f"a cycle that repeats is over when due, after {goal.text}")
