"""Policies that would go on for ever come to an end all the same."""

from datetime import timedelta

import pytest

from tests.domain.scenario import Scenario

TO_AND_FRO = """
lines: [a, b]
opening_line: a
clocks:
  - {{id: on_a, {a}, targets: [{{ladder: [{{after: 1h, tell: lead, move_to_line: b}}]}}]}}
  - {{id: on_b, {b}, targets: [{{ladder: [{{after: 1h, tell: lead, move_to_line: a}}]}}]}}
"""


@pytest.mark.parametrize(
    ("a", "b"), [("when: {line: a}", "when: {line: b}"), ("line: a", "line: b")]
)
def test_clocks_that_move_a_ticket_to_and_fro_rest_until_its_next_fact(a: str, b: str) -> None:
    rules = TO_AND_FRO.format(a=a, b=b)
    story = Scenario(rules).opened("10:00").until("2026-03-01 10:00")
    count = len(story.events)
    assert 100 <= count <= 102
    story.fact("2026-03-02 10:00", "agent_replied").until("2026-04-01 10:00")
    assert len(story.events) <= count + 102


def test_time_may_pass_in_portions() -> None:
    rules = """
    clocks:
      - id: review
        commitment: reminder
        repeats: true
        targets: [{ladder: [{after: 1m, tell: lead}]}]
    """
    whole = Scenario(rules).opened("10:00").until("12:00")
    portions = Scenario(rules).opened("10:00")
    until = portions.at("12:00")
    rounds = 0
    while (due := portions.judge.next_due_at()) is not None and due <= until:
        portions.judge.pass_time(until, most=7)
        rounds += 1
    assert rounds == 18
    assert portions.events == whole.events
    assert portions.events[-1].reached_at == until
    assert whole.events[1].reached_at - whole.events[0].reached_at == timedelta(minutes=1)
