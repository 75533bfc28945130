"""What a file says that is well formed, and yet cannot be meant.

Faults are impossible by the rules: what never holds, never starts, never comes. They are looked for
when a file is read; a version kept earlier is taken as it is. Doubts are only unlikely.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from app.domain.conditions import Condition
from app.domain.errors import CalendarError
from app.domain.events import CANCELLED, CLOSED, OPENED, RESOLVED
from app.domain.marks import WARNING
from app.domain.policy import Clock, Policy, Target
from app.domain.ticket import DONE, STATUSES, WRITERS
from app.policy_files.document import Faults, Node
from app.policy_files.walk import clocks_in, elapsed_of, mappings_in, rows_of, rungs_of
from app.policy_files.words import Names, read_conditions

TEXTS = frozenset({"kind", "channel", "title", "customer"})
"""Members of a ticket that are always texts, whatever was sent."""

Values = tuple[object, ...]

SAMPLE = datetime(2030, 1, 1, tzinfo=UTC)
FURTHEST = datetime(2060, 1, 1, tzinfo=UTC)
"""A promise for longer than a generation is a slip of the pen."""


def refuse_impossible(root: Node, policy: Policy) -> None:
    """PolicyFileError with everything in the file that the rules make impossible."""
    names = _names_of(policy)
    faults = Faults()
    for node in mappings_in(root):
        with faults.gathered():
            _check_conditions(node, names)
    for item, clock in clocks_in(root, policy):
        for check in (_check_starts, _check_when):
            with faults.gathered():
                check(item, clock)
        for row, target in rows_of(item, clock):
            with faults.gathered():
                _check_reachable(row, target, clock, names)
            with faults.gathered():
                _check_order(row, target)
            with faults.gathered():
                _check_span(row, target)
    faults.refuse()


def _names_of(policy: Policy) -> Names:
    return Names(
        severities=tuple(severity.id for severity in policy.severities),
        plans=policy.plans,
        lines=policy.lines,
        roles=tuple(sorted(policy.roles)),
        calendars=policy.calendars,
    )


def _conditions(node: Node, key: str, names: Names) -> Iterator[tuple[Node, Condition]]:
    """The conditions in a mapping, with their places."""
    stated = node.get(key)
    if stated is not None:
        places = (place for _, place in stated.members())
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
    for node in mappings_in(row):
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
        at = None if mark.past else elapsed_of(mark)
        if goal is not None and goal.unit == "elapsed" and at is not None and at > goal.elapsed:
            place.refuse(f"a warning comes before what it warns of, and due is {goal.text}")
    latest = timedelta(0)
    for tier, (place, mark) in enumerate(rungs_of(row, target), 1):
        at = elapsed_of(mark)
        if at is None or mark.conditions or mark.awaits:
            continue
        if at < latest:
            place.refuse(f"rung {tier} of the ladder comes before one above it; put them in order")
        latest = at


def _check_span(row: Node, target: Target) -> None:
    """A mark that lies beyond what calendars are kept for would never come."""
    for mark in target.marks:
        try:
            at = mark.after.after(target.calendar, SAMPLE)
        except CalendarError:
            at = FURTHEST
        if at >= FURTHEST:
            row.refuse(
                f"{mark.after.text} on calendar {target.calendar.name!r} takes more than "
                f"{FURTHEST.year - SAMPLE.year} years"
            )
