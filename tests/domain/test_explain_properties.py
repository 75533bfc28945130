"""What holds for the explanation of any clock, in any story of a ticket (see ``stories.py``)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.derive import derive
from app.domain.events import Fact
from app.domain.explain import PAUSED, Explanation, bounded, explain, totals
from app.domain.policy import Clock, Policy
from app.domain.ticket import ClockState
from app.domain.witness import Cause, Witness
from tests.domain.stories import EFFECTS, MESSAGES, MINUTE, REPEATS, START, stories

NOTHING = timedelta(0)


def instants(minutes: int) -> datetime:
    return START + minutes * MINUTE


BINDABLE = {(rules.id, rules.version): rules for rules in (EFFECTS, REPEATS, MESSAGES)}


@st.composite
def changed_stories(draw: st.DrawFn) -> tuple[Policy, list[Fact]]:
    """A story of which facts arrive in any order, some are withdrawn, and policies change."""
    rules, facts = draw(stories(st.sampled_from([EFFECTS, REPEATS, MESSAGES])))
    opening, *rest = facts
    at = st.integers(0, 5 * 24 * 60).map(instants)
    for number, bound in enumerate(draw(st.lists(st.sampled_from(sorted(BINDABLE)), max_size=3))):
        when = draw(at)
        data: dict[str, object] = {"policy": bound[0], "version": bound[1]}
        rest.append(Fact("policy.rebound", "T-1", "tests", f"b{number}", when, when, data))
    for fact in draw(st.lists(st.sampled_from(rest), max_size=3)) if rest else ():
        data = {"source": fact.source, "id": fact.id}
        rest.append(Fact("event.withdrawn", "T-1", "tests", f"w{fact.id}", START, START, data))
    return rules, [opening, *draw(st.permutations(rest))]


def folded(rules: Policy, facts: list[Fact], at: datetime) -> Witness:
    """The ticket as of an instant, by a judge that notes causes."""
    known = [fact for fact in facts if fact.at <= at]
    judge = derive(known, rules, at, policies=BINDABLE, judging=Witness).judge
    assert isinstance(judge, Witness)
    return judge


def explained(witness: Witness, at: datetime) -> Iterator[tuple[Clock, ClockState, Explanation]]:
    """Every clock that has started and has a target, and its explanation."""
    for clock in witness.policy.clocks:
        found = explain(witness, clock, at)
        state = witness.ticket.clocks[clock.id]
        if state.started_at is None or found.target is None:
            assert not found.stretches
        else:
            yield clock, state, found


def seconds(lengths: Iterator[timedelta]) -> float:
    return sum(lengths, NOTHING).total_seconds()


INSTANTS = st.one_of(st.integers(0, 60 * 24 * 60), st.integers(0, 600 * 24 * 60)).map(instants)


@settings(max_examples=300, deadline=None)
@given(st.one_of(stories(), changed_stories()), INSTANTS)
def test_rule_34_the_stretches_follow_one_another_and_add_up(
    story: tuple[Policy, list[Fact]], at: datetime
) -> None:
    witness = folded(*story, at)
    for _, state, found in explained(witness, at):
        shown, stretches, start = found.shown, found.stretches, state.started_at
        assert start is not None
        until = at if state.ending is None else state.ending.at
        end = max(shown.due_at or until, until)
        assert all(each.start < each.end for each in stretches)
        assert all(one.end == other.start for one, other in pairwise(stretches))
        if stretches:
            assert (stretches[0].start, stretches[-1].end) == (start, end)
        else:
            assert start == end
        assert sum(totals(stretches).values(), NOTHING) == end - start
        passed = [each for each in stretches if each.elapsed]
        assert seconds(each.counted for each in passed) == shown.elapsed_seconds
        paused = (each.end - each.start for each in passed if each.kind == PAUSED)
        assert seconds(paused) == shown.paused_seconds
        if shown.due_at is not None and found.goal is not None:
            upto = [each for each in stretches if each.end <= shown.due_at]
            assert sum((each.counted for each in upto), NOTHING) == found.goal_time
            if found.goal.unit == "elapsed":
                assert found.goal_time == found.goal.elapsed


@settings(max_examples=200, deadline=None)
@given(st.one_of(stories(), changed_stories()), INSTANTS)
def test_rule_34_every_pause_names_the_facts_that_began_and_ended_it(
    story: tuple[Policy, list[Fact]], at: datetime
) -> None:
    rules, facts = story
    witness = folded(rules, facts, at)
    reported = {(fact.source, fact.id, fact.type, fact.at) for fact in facts}
    derived = {("escalator", e.id, e.type, e.reached_at) for e in witness.verdicts.events}

    def is_known(cause: Cause) -> bool:
        return (cause.source, cause.id, cause.type, cause.time) in reported | derived

    for clock, state, found in explained(witness, at):
        assert found.started_by is not None, (clock.id, state.cycle)
        assert is_known(found.started_by)
        assert found.started_by.time == state.started_at
        held = [each for each in found.stretches if each.kind == PAUSED]
        for each in held:
            assert each.by is not None
            assert is_known(each.by)
            assert each.by.time <= each.start
            if each.until is not None:
                assert is_known(each.until)
                assert each.until.time >= each.end
            else:
                assert each is held[-1]
        assert all(each.by is None for each in found.stretches if each.kind != PAUSED)


@settings(max_examples=100, deadline=None)
@given(stories(), INSTANTS, st.integers(1, 40))
def test_merged_stretches_add_up_to_the_same(
    story: tuple[Policy, list[Fact]], at: datetime, most: int
) -> None:
    witness = folded(*story, at)
    for _, state, found in explained(witness, at):
        due_at = found.shown.due_at
        until = at if state.ending is None else state.ending.at
        few = bounded(found.stretches, due_at, most)
        assert all(one.end == other.start for one, other in pairwise(few))
        for limit in (due_at or until, until):
            whole = (each.counted for each in found.stretches if each.end <= limit)
            parts = (each.counted for each in few if each.end <= limit)
            assert sum(whole, NOTHING) == sum(parts, NOTHING)
        assert [each for each in few if each.kind == PAUSED] == [
            each for each in found.stretches if each.kind == PAUSED
        ]
