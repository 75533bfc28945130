"""The explanation of a clock in a few lines, for tests to compare."""

from app.domain.derive import derive
from app.domain.explain import Explanation, Stretch, explain
from app.domain.policy import Policy
from app.domain.witness import Cause, Witness
from tests.domain.scenario import Scenario


def explanation(
    story: Scenario, clock_id: str, policies: dict[tuple[str, str], Policy] | None = None
) -> Explanation:
    """How the clock came to its deadline, by the facts told so far, as of the story's now."""
    judge = derive(
        story.facts, story.policy, story.now, policies=policies or {}, judging=Witness
    ).judge
    assert isinstance(judge, Witness)
    clock = next(each for each in judge.policy.clocks if each.id == clock_id)
    return explain(judge, clock, story.now)


def segments(
    story: Scenario, clock_id: str, policies: dict[tuple[str, str], Policy] | None = None
) -> list[str]:
    """Each stretch as a line; what is ahead is marked so, and pauses name their facts."""
    found = explanation(story, clock_id, policies)
    return [_line(story, each) for each in found.stretches]


def started_by(
    story: Scenario, clock_id: str, policies: dict[tuple[str, str], Policy] | None = None
) -> tuple[str, str]:
    """The type and the id of what began the clock's cycle; an SLA event's is its type again."""
    cause = explanation(story, clock_id, policies).started_by
    assert cause is not None
    return cause.type, _name(cause)


def _line(story: Scenario, stretch: Stretch) -> str:
    said = f"{story.shown(stretch.start)} - {story.shown(stretch.end)} {stretch.kind}"
    if stretch.by is not None:
        until = "" if stretch.until is None else f" to {_name(stretch.until)}"
        return f"{said}: {stretch.reason}, {_name(stretch.by)}{until}{_ahead(stretch)}"
    return f"{said}: {stretch.reason}{_ahead(stretch)}"


def _ahead(stretch: Stretch) -> str:
    return "" if stretch.elapsed else " (ahead)"


def _name(cause: Cause) -> str:
    return cause.type if cause.source == "escalator" else cause.id
