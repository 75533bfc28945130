"""The clocks, rows and rungs of a policy file, each with the place where it stands."""

from collections.abc import Iterator
from datetime import timedelta

from app.domain.marks import ESCALATION, Mark
from app.domain.policy import Clock, Policy, Target
from app.policy_files.document import Node

OTHERS_WORDS = frozenset({"data", "note", "assumed", "calendars"})
"""Where words that look like the language's are somebody else's."""


def clocks_in(root: Node, policy: Policy) -> Iterator[tuple[Node, Clock]]:
    node = root.get("clocks")
    return zip(node.items() if node else (), policy.clocks, strict=True)


def rows_of(item: Node, clock: Clock) -> Iterator[tuple[Node, Target]]:
    return zip(item.require("targets").items(), clock.targets, strict=True)


def mappings_in(node: Node) -> Iterator[Node]:
    """Every mapping of the language's own words, from the outermost in."""
    if isinstance(node.value, dict):
        yield node
        for key, member in node.value.items():
            if key not in OTHERS_WORDS:
                yield from mappings_in(member)
    elif isinstance(node.value, list):
        for item in node.value:
            yield from mappings_in(item)


def rungs_of(row: Node, target: Target) -> Iterator[tuple[Node, Mark]]:
    """The rungs of the ladder, with their places; the one of when_due and repeats aside."""
    ladder = row.get("ladder")
    places = ladder.items() if ladder else []
    told = [mark for mark in target.marks if mark.kind == ESCALATION and not mark.repetition]
    return zip(places, told[len(told) - len(places) :], strict=True)


def elapsed_of(mark: Mark) -> timedelta | None:
    """How long after the start; None where business days are counted."""
    spans = (mark.after, mark.past) if mark.past else (mark.after,)
    if any(span.unit != "elapsed" for span in spans):
        return None
    return sum((span.elapsed for span in spans), -mark.before)
