"""What holds for any story of a ticket (see ``stories.py``)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.calendar import Calendar
from app.domain.clocks import NO_PAUSES, Pauses, read, target_instant
from app.domain.events import Fact
from app.domain.judge import Judge
from app.domain.marks import WARNING, Mark
from app.domain.policy import Policy
from app.domain.span import Span
from app.domain.ticket import Ticket
from tests.domain.stories import EFFECTS, END, MINUTE, START, stories


def fold(rules: Policy, facts: Sequence[Fact], looks: Sequence[datetime] = ()) -> Judge:
    """Folds the facts, looking at the clock at these instants besides, and at the end."""
    judge = Judge.opening(facts[0], rules)
    waiting = sorted(looks)
    for fact in facts[1:]:
        while waiting and waiting[0] < fact.at:
            judge.pass_time(waiting.pop(0))
        judge.fact(fact)
    for look in (*waiting, END):
        judge.pass_time(look)
    return judge


@settings(max_examples=150, deadline=None)
@given(stories(), st.lists(st.integers(0, 40 * 24 * 60), max_size=30))
def test_rule_25_one_long_step_equals_many_short_ones(
    story: tuple[Policy, list[Fact]], minutes: list[int]
) -> None:
    rules, facts = story
    long = fold(rules, facts)
    short = fold(rules, facts, [START + minute * MINUTE for minute in minutes])
    assert short.verdicts.events == long.verdicts.events
    assert short.ticket == long.ticket
    assert short.verdicts.outcomes == long.verdicts.outcomes
    assert short.verdicts.withdrawn == long.verdicts.withdrawn


@settings(max_examples=100, deadline=None)
@given(stories())
def test_rule_3_nothing_is_reached_early_and_what_is_due_is_reached(
    story: tuple[Policy, list[Fact]],
) -> None:
    rules, facts = story
    judge = Judge.opening(facts[0], rules)
    for fact in facts[1:]:
        judge.fact(fact)
        judge.pass_time(fact.at)
        for event in judge.verdicts.events:
            assert event.reached_at <= fact.at
            if event.kind not in ("met", "notice"):
                assert event.target_at is not None
                assert event.target_at <= event.reached_at
        next_due_at = judge.next_due_at()
        assert next_due_at is None or next_due_at > fact.at


@settings(max_examples=100, deadline=None)
@given(stories())
def test_rule_28_every_event_has_an_id_of_its_own(story: tuple[Policy, list[Fact]]) -> None:
    events = fold(*story).verdicts.events
    assert len({event.id for event in events}) == len(events)


@settings(max_examples=100, deadline=None)
@given(stories())
def test_folding_is_deterministic_and_goes_on_from_a_saved_state(
    story: tuple[Policy, list[Fact]],
) -> None:
    """The ticket survives being written as JSON at every step, and nothing else is needed."""
    rules, facts = story
    whole = fold(rules, facts)
    judge = Judge.opening(facts[0], rules)
    ticket, events = judge.ticket, list(judge.verdicts.events)
    for fact in (*facts[1:], None):
        saved = msgspec.json.encode(ticket)
        ticket = msgspec.json.decode(saved, type=Ticket)
        assert msgspec.json.encode(ticket) == saved
        judge = Judge(ticket, rules)
        judge.pass_time(END) if fact is None else judge.fact(fact)
        events += judge.verdicts.events
    assert (ticket, events) == (whole.ticket, whole.verdicts.events)


@settings(max_examples=100, deadline=None)
@given(stories())
def test_what_passed_and_what_remains_make_up_the_goal(story: tuple[Policy, list[Fact]]) -> None:
    rules, facts = story
    judge = fold(rules, facts)
    for clock in rules.clocks:
        state = judge.ticket.clocks[clock.id]
        if not state.live:
            continue
        shown = read(clock, state, judge.ticket, rules, END)
        assert shown.elapsed_seconds >= 0
        assert shown.paused_seconds >= 0
        goal = Span.parse(shown.goal) if shown.goal else None
        if goal is not None and goal.unit == "elapsed":
            assert shown.remaining_seconds is not None
            total = shown.elapsed_seconds + shown.remaining_seconds
            assert abs(total - goal.elapsed.total_seconds()) < 1e-3


BUSINESS = EFFECTS.calendars["business"]
SPANS = st.sampled_from(["0m", "30m", "4h", "3d", "1bd", "5bd", "eobd+1", "eobd+3"]).map(Span.parse)
INSTANTS = st.integers(0, 20 * 24 * 12).map(lambda n: START + 5 * n * MINUTE)


def apart(instants: list[datetime]) -> list[tuple[datetime, datetime]]:
    """Pauses between every second two of some instants."""
    ordered = sorted(set(instants))
    return list(zip(ordered[::2], ordered[1::2], strict=False))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([BUSINESS, EFFECTS.calendars["always"]]),
    SPANS,
    st.sampled_from([timedelta(0), timedelta(minutes=45)]),
    st.sampled_from([timedelta(0), timedelta(minutes=20), timedelta(hours=30)]),
    st.lists(INSTANTS, max_size=8),
    st.integers(0, 4),
)
def test_a_pause_never_brings_a_deadline_forward(
    calendar: Calendar,
    span: Span,
    extra: timedelta,
    before: timedelta,
    instants: list[datetime],
    fewer: int,
) -> None:
    over = apart(instants)
    mark = Mark(WARNING, span, extra=extra, before=before)
    at = target_instant(calendar, START, span, mark, Pauses(over))
    assert at >= target_instant(calendar, START, span, mark, NO_PAUSES)
    assert at >= target_instant(calendar, START, span, mark, Pauses(over[: len(over) - fewer]))
    assert at == target_instant(
        calendar, START, span, mark, Pauses([pause for pause in over if pause[0] < at])
    )
