"""What holds for any story of a ticket, under policies that between them use every feature."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.calendar import Calendar
from app.domain.clocks import NO_PAUSES, Pauses, read, target_instant
from app.domain.events import Fact
from app.domain.judge import Judge
from app.domain.policy import Policy, Span
from app.domain.ticket import Ticket
from app.policy_files import load_file
from tests.domain.scenario import policy

START = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
END = START + timedelta(days=40)

PORTAONE = load_file(Path(__file__).parents[2] / "policies" / "portaone.yaml")
EFFECTS = policy("""
    plans: [basic, pro]
    default_plan: basic
    lines: [first, second]
    opening_line: first
    resolves: [ticket.workaround_provided]
    clocks:
      - id: response
        when: {kind: {not: question}}
        meets: [ticket.agent_replied, ticket.resolved, ticket.closed]
        pauses_on: [waiting_on_customer]
        calendar: business
        targets:
          - {severity: P1, due: 2h, warn: [30m, 1h], when_due: {tell: lead}}
          - {severity: P2, plan: pro, due: 1bd}
          - severity: P2
            due: eobd+1
            warn: {after: 2h, tell: agent, if: {opened_in.business: true}}
      - id: first_level
        line: first
        meets: [ticket.resolved]
        pauses_on: [waiting_on_customer, in_progress]
        when_due: {tell: manager, move_to_line: second}
        targets: [{severity: P1, due: 8h}, {due: 2bd, calendar: business}]
      - id: second_level
        line: second
        meets: [ticket.resolved]
        targets: [{due: 10d}]
      - id: silence
        starts: [ticket.waiting_on_customer]
        when: {status: waiting_on_customer}
        targets:
          - ladder: [{after: 5d, tell: agent, close: true, if: {attributes.keep_open: {not: true}}}]
      - id: delivery
        starts: {fact: ticket.milestone_reached, if: {fact.milestone: diagnosed}}
        meets: {fact: ticket.milestone_reached, if: {fact.milestone: delivered}}
        outlives_resolution: true
        targets: [{due: 4h, calendar: business}]
    notices:
      - {fact: ticket.closed, tell: director}
      - {fact: ticket.waiting_on_customer, tell: agent}
    """)
REPEATS = policy("""
    clocks:
      - id: update
        starts: [ticket.agent_replied]
        meets: [ticket.agent_replied]
        pauses_on: [waiting_on_customer]
        repeats: true
        interval_agreed: true
        targets: [{severity: P1, due: 8h, when_due: {tell: lead}}, {severity: P2, due: 1bd}]
      - id: review
        commitment: reminder
        repeats: true
        targets:
          - {severity: P1, ladder: [{after: 1d, tell: agent}]}
          - {severity: P2, ladder: [{after: 1d, tell: agent}, {after: 3d, tell: lead}]}
      - id: resolution
        meets: [ticket.resolved]
        on_reopen: restart
        stops_on: acknowledged
        pauses_on: [waiting_on_customer]
        targets:
          - severity: [P1, P2]
            due: 3h
            ladder: [{after: 0m, tell: lead}, {after: 4h, tell: manager}]
            repeat: {every: 30m, times: 5}
    """)
POLICIES = st.sampled_from([PORTAONE, EFFECTS, REPEATS])

Data = dict[str, object]

SEVERITIES: st.SearchStrategy[Data] = st.sampled_from(["P1", "P2", "P3"]).map(
    lambda severity: {"severity": severity}
)
NOTHING: st.SearchStrategy[Data] = st.just({})
DATA: dict[str, st.SearchStrategy[Data]] = {
    "severity_changed": SEVERITIES,
    "plan_changed": st.sampled_from([{"plan": "basic"}, {"plan": "pro"}]),
    "handed_over": st.sampled_from([{"line": "first"}, {"line": "second"}]),
    "milestone_reached": st.sampled_from([{"milestone": "diagnosed"}, {"milestone": "delivered"}]),
    "update_interval_agreed": st.sampled_from([{"every": "90m"}, {"every": "2bd"}]),
    "updated": st.sampled_from(
        [
            {"kind": "question"},
            {"kind": "problem"},
            {"attributes": {"keep_open": True}},
            {"attributes": {"keep_open": False}},
        ]
    ),
    "agent_replied": st.sampled_from([{}, {"public": False}]),
    **dict.fromkeys(
        ("customer_replied", "waiting_on_customer", "work_started", "workaround_provided"), NOTHING
    ),
    **dict.fromkeys(("resolved", "reopened", "closed", "acknowledged"), NOTHING),
    "cancelled": st.just({"reason": "spam"}),
}
STEPS = st.lists(
    st.sampled_from(sorted(DATA)).flatmap(
        lambda type_: st.tuples(
            st.integers(0, 3000).map(lambda n: n // 4), st.just(type_), DATA[type_]
        )
    ),
    max_size=12,
)


@st.composite
def stories(draw: st.DrawFn) -> tuple[Policy, list[Fact]]:
    """A policy, and facts it takes, in order."""
    rules = draw(POLICIES)
    at = START
    facts = [Fact("ticket.opened", "T-1", "tests", "0", at, at, draw(SEVERITIES))]
    for number, (minutes, type_, data) in enumerate(draw(STEPS), 1):
        if (type_ == "plan_changed" and not rules.plans) or (
            type_ == "handed_over" and not rules.lines
        ):
            continue
        at += minutes * MINUTE
        facts.append(Fact(f"ticket.{type_}", "T-1", "tests", str(number), at, at, data))
    return rules, facts


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
    st.lists(INSTANTS, max_size=8),
    st.integers(0, 4),
)
def test_a_pause_never_brings_a_deadline_forward(
    calendar: Calendar, span: Span, extra: timedelta, instants: list[datetime], fewer: int
) -> None:
    over = apart(instants)
    at = target_instant(calendar, START, span, extra, Pauses(over))
    assert at >= target_instant(calendar, START, span, extra, NO_PAUSES)
    assert at >= target_instant(calendar, START, span, extra, Pauses(over[: len(over) - fewer]))
    assert at == target_instant(
        calendar, START, span, extra, Pauses([pause for pause in over if pause[0] < at])
    )
