"""A ticket's future in parts is what the judge says will be (see ``stories.py``)."""

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.events import Fact
from app.domain.forecast import Ahead, ahead
from app.domain.judge import Judge
from app.domain.marks import BREACH, ESCALATION, NOTICE, WARNING
from app.domain.onward import Told, course
from app.domain.policy import Policy
from app.domain.ticket import Ticket
from tests.domain.scenario import Scenario
from tests.domain.stories import MINUTE, stories

Raised = tuple[datetime, str | None, str, str | None]

RAISED = {WARNING, BREACH, ESCALATION, NOTICE}


def judged(judge: Judge, until: datetime) -> list[Raised]:
    """What the ticket's own future says."""
    ticket = msgspec.json.decode(msgspec.json.encode(judge.ticket), type=Ticket)
    later = Judge(ticket, judge.policy)
    later.pass_time(until)
    return sorted(
        (
            (event.reached_at, event.clock, event.kind, event.role)
            for event in later.verdicts.events
            if event.kind in RAISED
        ),
        key=str,
    )


def added_up(judge: Judge, parts: Ahead, until: datetime) -> list[Raised]:
    """What the parts say; they have to hold for so long."""
    policy, ticket = judge.policy, judge.ticket
    found = [(at, Told.of(clock, mark)) for at, clock, mark in parts.marks if at <= until]
    for begins, onward in parts.onward:
        if begins <= until:
            alike = course(policy, ticket.severity, ticket.plan, onward)
            found += [each for portion in alike.after(begins, until) for each in portion]
    return sorted([(at, *told) for at, told in found if told.kind in RAISED], key=str)


@settings(max_examples=400, deadline=None)
@given(stories(), st.integers(0, 3000), st.integers(0, 60 * 24 * 20))
def test_the_parts_add_up_to_what_the_judge_will_raise(
    story: tuple[Policy, list[Fact]], minutes: int, further: int
) -> None:
    rules, facts = story
    judge = Judge.opening(facts[0], rules)
    for fact in facts[1:]:
        judge.fact(fact)
    now = judge.ticket.at + minutes * MINUTE
    judge.pass_time(now)
    until = now + further * MINUTE
    parts = ahead(judge)
    if parts.judged_from is not None:
        until = min(until, parts.judged_from - timedelta(microseconds=1))
    assert added_up(judge, parts, until) == judged(judge, until)


@settings(max_examples=200, deadline=None)
@given(stories())
def test_the_parts_of_a_saved_ticket_are_those_it_was_saved_with(
    story: tuple[Policy, list[Fact]],
) -> None:
    rules, facts = story
    judge = Judge.opening(facts[0], rules)
    for fact in facts[1:]:
        judge.fact(fact)
        judge.pass_time(fact.at)
        saved = msgspec.json.decode(msgspec.json.encode(judge.ticket), type=Ticket)
        assert ahead(Judge(saved, rules)) == ahead(judge)


def test_a_repeating_clock_rests_after_a_hundred_misses_in_the_forecast_too() -> None:
    story = Scenario("""
        clocks:
          - id: update
            repeats: true
            meets: [ticket.agent_replied]
            targets: [{due: 1h, when_due: {tell: lead}}]
        """)
    judge = story.opened("10:00").until("13:30").judge
    year = story.at("10:00") + timedelta(days=365)
    parts = ahead(judge)
    assert added_up(judge, parts, year) == judged(judge, year)
    assert len(judged(judge, year)) == 2 * 97


MOVES = """
lines: [first, second]
opening_line: first
clocks:
  - id: first
    line: first
    targets:
      - ladder: [{{after: 5h, tell: lead, move_to_line: second}}, {{after: 9h, tell: lead}}]
  - {{id: second, {second}, targets: [{{due: 1h, when_due: {{tell: manager}}}}]}}
  - {{id: whole, targets: [{{due: 8h}}]}}
"""


def test_a_move_to_a_line_goes_on_alike_for_every_ticket() -> None:
    story = Scenario(MOVES.format(second="line: second")).opened("10:00")
    parts, week = ahead(story.judge), story.at("2026-01-12 10:00")
    assert [(story.shown(at), clock.id) for at, clock, _ in parts.marks] == [
        ("15:00", "first"),
        ("18:00", "whole"),
    ]
    assert ([story.shown(at) for at, _ in parts.onward], parts.judged_from) == (["15:00"], None)
    assert added_up(story.judge, parts, week) == judged(story.judge, week)
    assert len(judged(story.judge, week)) == 4


@pytest.mark.parametrize(
    "second",
    [
        "when: {line: second}",
        "line: second, when: {kind: {not: question}}",
        "line: second, repeats: true",
    ],
)
def test_a_move_that_concerns_more_has_to_be_judged(second: str) -> None:
    story = Scenario(MOVES.format(second=second)).opened("10:00")
    assert ahead(story.judge).judged_from == story.at("15:00")


CLOSES = """
clocks:
  - id: silence
    starts: [ticket.waiting_on_customer]
    when: {status: waiting_on_customer}
    targets: [{ladder: [{after: 5h, tell: agent, close: true}]}]
  - {id: whole, meets: [ticket.closed], targets: [{due: 8h}]}
  - {id: parts, outlives_resolution: true, MORE targets: [{due: 9h}]}
notices: [{fact: ticket.closed, IF tell: director}]
"""


def waiting(rules: str) -> Scenario:
    return Scenario(rules).opened("10:00").fact("11:00", "waiting_on_customer")


def test_a_closing_ends_the_other_clocks_and_tells_those_who_hear_of_it() -> None:
    story = waiting(CLOSES.replace("MORE", "").replace("IF", ""))
    parts, week = ahead(story.judge), story.at("2026-01-12 10:00")
    assert parts.judged_from is None
    assert added_up(story.judge, parts, week) == judged(story.judge, week)
    assert [(story.shown(at), *rest) for at, *rest in judged(story.judge, week)] == [
        ("16:00", "silence", "escalation", "agent"),
        ("16:00", None, "notice", "director"),
        ("19:00", "parts", "breach", None),
    ]


@pytest.mark.parametrize(
    ("more", "condition"),
    [
        ("pauses_on: [closed],", ""),
        ("pauses_on: [waiting_on_customer],", ""),
        ("meets: [ticket.closed],", ""),
        ("starts: [ticket.closed],", ""),
        ("when: {status: {not: closed}},", ""),
        ("", "if: {kind: question},"),
        ("", "once: true,"),
    ],
)
def test_a_closing_that_concerns_more_has_to_be_judged(more: str, condition: str) -> None:
    story = waiting(CLOSES.replace("MORE", more).replace("IF", condition))
    assert ahead(story.judge).judged_from == story.at("16:00")


def test_a_ticket_that_waits_has_no_part_of_a_clock_that_stands_still() -> None:
    story = Scenario("""
        clocks:
          - {id: answer, pauses_on: [waiting_on_customer], targets: [{due: 1h}]}
        """)
    story.opened("10:00").fact("10:30", "waiting_on_customer")
    assert ahead(story.judge) == Ahead([], [], None)
