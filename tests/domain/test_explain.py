"""Why a deadline is when it is: what counted, what did not, and because of what (34)."""

from dataclasses import replace

import pytest

from app.domain.explain import COUNTED, bounded, totals
from app.domain.mark_words import after_start, rule_of
from app.domain.span import Span
from tests.domain.explained import explanation, segments, started_by
from tests.domain.scenario import Scenario, policy

WORK = """
clocks:
  - id: resolution
    meets: [ticket.resolved]
    pauses_on: [waiting_on_customer]
    calendar: business
    targets: [{due: 8h}]
"""


def test_open_and_closed_time_lead_to_the_deadline() -> None:
    story = Scenario(WORK).opened("Fri 15:00").until("Fri 16:00")
    assert segments(story, "resolution") == [
        "Fri 15:00 - Fri 16:00 counted: open 09:00-17:00",
        "Fri 16:00 - Fri 17:00 counted: open 09:00-17:00 (ahead)",
        "Fri 17:00 - 2026-01-12 09:00 closed: closed (ahead)",
        "2026-01-12 09:00 - 2026-01-12 15:00 counted: open 09:00-17:00 (ahead)",
    ]
    assert started_by(story, "resolution") == ("ticket.opened", "fact-1")


def test_past_the_deadline_it_goes_on_until_now_and_is_cut_at_the_deadline() -> None:
    story = Scenario(WORK).opened("09:00").until("Tue 10:00")
    assert segments(story, "resolution") == [
        "09:00 - 17:00 counted: open 09:00-17:00",
        "17:00 - Tue 09:00 closed: closed",
        "Tue 09:00 - Tue 10:00 counted: open 09:00-17:00",
    ]
    assert explanation(story, "resolution").shown.due_at == story.at("17:00")


def test_a_pause_is_shown_with_the_facts_that_began_and_ended_it() -> None:
    story = Scenario(WORK).opened("10:00").fact("11:00", "waiting_on_customer")
    story.fact("11:30", "waiting_on_customer").fact("12:00", "customer_replied").until("12:00")
    assert segments(story, "resolution")[:3] == [
        "10:00 - 11:00 counted: open 09:00-17:00",
        "11:00 - 12:00 paused: waiting_on_customer, fact-2 to fact-4",
        "12:00 - 17:00 counted: open 09:00-17:00 (ahead)",
    ]


def test_a_pause_that_lasts_has_no_end_and_nothing_lies_ahead() -> None:
    story = Scenario(WORK).opened("10:00").fact("11:00", "waiting_on_customer").until("20:00")
    assert segments(story, "resolution") == [
        "10:00 - 11:00 counted: open 09:00-17:00",
        "11:00 - 20:00 paused: waiting_on_customer, fact-2",
    ]
    found = explanation(story, "resolution")
    assert found.shown.due_at is None
    assert found.goal_time is not None, "what the goal comes to is known all the same"


def test_a_pause_over_night_is_one_stretch_by_the_wall_clock() -> None:
    story = Scenario(WORK).opened("10:00").fact("16:00", "waiting_on_customer")
    story.fact("Tue 10:00", "customer_replied").until("Tue 10:00")
    assert segments(story, "resolution")[1] == (
        "16:00 - Tue 10:00 paused: waiting_on_customer, fact-2 to fact-3"
    )
    lengths = totals(explanation(story, "resolution").stretches)
    assert {kind: length.total_seconds() / 3600 for kind, length in lengths.items()} == {
        "counted": 8,
        "paused": 18,
        "closed": 0,
        "holiday": 0,
    }


def test_while_the_work_was_over_does_not_count() -> None:
    story = Scenario(WORK).opened("10:00").fact("11:00", "resolved")
    story.fact("13:00", "reopened").until("13:00")
    assert segments(story, "resolution")[:2] == [
        "10:00 - 11:00 counted: open 09:00-17:00",
        "11:00 - 13:00 paused: the work was over, fact-2 to fact-3",
    ]


def test_work_that_was_over_within_a_pause_is_paused_once() -> None:
    """A clock of the customer's: it stands still while the ticket is with support, or done."""
    rules = WORK.replace("[waiting_on_customer]", "[waiting_on_customer, resolved, open]")
    story = Scenario(rules).opened("10:00").fact("11:00", "waiting_on_customer")
    story.fact("12:00", "resolved").fact("13:00", "reopened").until("14:00")
    assert segments(story, "resolution") == [
        "10:00 - 11:00 counted: open 09:00-17:00",
        "11:00 - 12:00 paused: waiting_on_customer, fact-2 to fact-3",
        "12:00 - 13:00 paused: resolved, fact-3 to fact-4",
        "13:00 - 14:00 paused: open, fact-4",
    ]
    assert explanation(story, "resolution").shown.paused_seconds == 3 * 3600


def test_a_cycle_that_ended_early_is_explained_up_to_the_deadline_it_had() -> None:
    story = Scenario(WORK).opened("10:00").fact("11:00", "resolved").until("Fri 10:00")
    assert segments(story, "resolution") == [
        "10:00 - 11:00 counted: open 09:00-17:00",
        "11:00 - 17:00 counted: open 09:00-17:00 (ahead)",
        "17:00 - Tue 09:00 closed: closed (ahead)",
        "Tue 09:00 - Tue 10:00 counted: open 09:00-17:00 (ahead)",
    ]


def test_a_cycle_that_ended_is_explained_by_what_counted_then() -> None:
    """A later severity, or a later pause, is nothing to it."""
    rules = WORK.replace("[{due: 8h}]", "[{severity: P1, due: 1h}, {severity: P2, due: 8h}]")
    story = Scenario(rules).opened("10:00", severity="P2").fact("11:00", "resolved")
    story.fact("12:00", "severity_changed", severity="P1").until("20:00")
    found = explanation(story, "resolution")
    assert (found.severity, found.shown.goal) == ("P2", "8h")
    assert segments(story, "resolution")[-1].startswith("Tue 09:00 - Tue 10:00")


def test_business_days_come_to_the_open_time_on_the_way() -> None:
    story = Scenario(WORK.replace("8h", "eobd+1")).opened("Fri 15:00").until("Fri 15:00")
    found = explanation(story, "resolution")
    assert found.goal_time is not None
    assert found.goal_time.total_seconds() / 3600 == 2 + 8
    assert segments(story, "resolution")[-1].startswith("2026-01-12 09:00 - 2026-01-12 17:00")


def test_a_severity_raised_mid_way_counts_from_the_start() -> None:
    rules = WORK.replace("[{due: 8h}]", "[{severity: P1, due: 4h}, {severity: P2, due: 8h}]")
    story = Scenario(rules).opened("10:00", severity="P2")
    story.fact("12:00", "severity_changed", severity="P1").until("12:00")
    assert segments(story, "resolution") == [
        "10:00 - 12:00 counted: open 09:00-17:00",
        "12:00 - 14:00 counted: open 09:00-17:00 (ahead)",
    ]


LINES = """
lines: [first, second]
opening_line: first
clocks:
  - id: on_first
    line: first
    targets: [{due: 2h, when_due: {tell: lead, move_to_line: second}}]
  - {id: on_second, line: second, targets: [{due: 4h}]}
  - id: closing
    pauses_on: [closed]
    outlives_resolution: true
    targets: [{due: 10h}]
  - {id: silence, targets: [{ladder: [{after: 5h, tell: agent, close: true}]}]}
"""


def test_a_line_entered_by_an_escalation_has_the_escalation_as_its_start() -> None:
    story = Scenario(LINES).opened("10:00").until("13:00")
    assert started_by(story, "on_second") == ("sla.escalated", "sla.escalated")
    assert segments(story, "on_second") == [
        "12:00 - 13:00 counted: open",
        "13:00 - 16:00 counted: open (ahead)",
    ]


def test_a_line_entered_by_a_person_has_the_handover_as_its_start() -> None:
    story = Scenario(LINES).opened("10:00").fact("11:00", "handed_over", line="second")
    assert started_by(story.until("11:00"), "on_second") == ("ticket.handed_over", "fact-2")


def test_a_pause_begun_by_an_effect_names_the_escalation() -> None:
    story = Scenario(LINES).opened("10:00").until("16:00")
    assert segments(story, "closing") == [
        "10:00 - 15:00 counted: open",
        "15:00 - 16:00 paused: closed, sla.escalated",
    ]


REPEATS = """
clocks:
  - id: update
    starts: [ticket.agent_replied]
    meets: [ticket.agent_replied]
    repeats: true
    interval_agreed: true
    targets: [{due: 1h}]
  - id: review
    commitment: reminder
    repeats: true
    targets: [{ladder: [{after: 4h, tell: lead}]}]
"""


def test_a_cycle_that_follows_a_missed_one_was_begun_by_the_breach() -> None:
    story = Scenario(REPEATS).opened("10:00").fact("10:30", "agent_replied").until("11:45")
    assert started_by(story, "update") == ("sla.breached", "sla.breached")
    assert segments(story, "update")[0] == "11:30 - 11:45 counted: open"


def test_a_cycle_that_follows_a_met_one_was_begun_by_what_met_it() -> None:
    story = Scenario(REPEATS).opened("10:00").fact("10:30", "agent_replied")
    story.fact("11:00", "agent_replied").until("11:00")
    assert started_by(story, "update") == ("ticket.agent_replied", "fact-3")


def test_a_reminder_was_begun_by_the_one_before() -> None:
    story = Scenario(REPEATS).opened("10:00").until("15:00")
    assert started_by(story, "review") == ("sla.escalated", "sla.escalated")
    assert segments(story, "review") == ["14:00 - 15:00 counted: open"]


def test_an_interval_that_was_agreed_is_the_goal() -> None:
    story = Scenario(REPEATS).opened("10:00").fact("10:00", "agent_replied")
    story.fact("10:10", "update_interval_agreed", every="3h").until("10:10")
    assert segments(story, "update")[-1] == "10:10 - 13:00 counted: open (ahead)"
    assert explanation(story, "update").goal == Span.parse("3h")


WHEN = """
clocks:
  - id: response
    when: {kind: problem}
    meets: [ticket.agent_replied]
    targets: [{due: 4h}]
"""


def test_a_condition_come_true_later_starts_from_the_original_start() -> None:
    story = Scenario(WHEN).opened("10:00", kind="question").until("11:00")
    assert segments(story, "response") == []
    story.fact("12:00", "updated", kind="problem").until("12:00")
    assert started_by(story, "response") == ("ticket.opened", "fact-1")
    assert segments(story, "response") == [
        "10:00 - 12:00 counted: open",
        "12:00 - 14:00 counted: open (ahead)",
    ]


def test_met_while_its_condition_did_not_hold_it_ended_then() -> None:
    story = Scenario(WHEN).opened("10:00", kind="question").fact("11:00", "agent_replied")
    story.fact("12:00", "updated", kind="problem").until("20:00")
    assert segments(story, "response") == [
        "10:00 - 11:00 counted: open",
        "11:00 - 14:00 counted: open (ahead)",
    ]


def test_while_the_work_was_over_before_its_condition_held_does_not_count() -> None:
    rules = WHEN.replace("[ticket.agent_replied]", "[ticket.agent_replied, ticket.closed]")
    story = Scenario(rules).opened("10:00", kind="question").fact("11:00", "resolved")
    story.fact("11:30", "closed").fact("12:00", "reopened")
    story.fact("13:00", "updated", kind="problem").until("13:00")
    assert segments(story, "response") == [
        "10:00 - 11:00 counted: open",
        "11:00 - 12:00 paused: the work was over, fact-2 to fact-4",
        "12:00 - 13:00 counted: open",
        "13:00 - 15:00 counted: open (ahead)",
    ]


def test_a_clock_that_restarts_was_begun_by_what_restarted_it() -> None:
    rules = """
    clocks:
      - {id: contact, restarts: [ticket.agent_replied], targets: [{due: 4h}]}
    """
    story = Scenario(rules).opened("10:00").fact("11:00", "agent_replied").until("11:00")
    assert started_by(story, "contact") == ("ticket.agent_replied", "fact-2")
    assert segments(story, "contact") == ["11:00 - 15:00 counted: open (ahead)"]


def test_without_a_deadline_it_is_explained_up_to_now() -> None:
    story = Scenario(LINES).opened("10:00").until("11:00")
    assert segments(story, "silence") == ["10:00 - 11:00 counted: open"]


def test_what_has_not_started_or_has_no_target_has_no_segments() -> None:
    rules = """
    clocks:
      - {id: pending, starts: [ticket.agent_replied], targets: [{due: 4h}]}
      - {id: untargeted, targets: [{severity: P1, due: 4h}]}
    """
    story = Scenario(rules).opened("10:00", severity="P2").until("11:00")
    assert segments(story, "pending") == segments(story, "untargeted") == []
    assert explanation(story, "untargeted").target is None


def test_under_another_policy_it_counts_from_its_own_start_by_the_new_hours() -> None:
    new = replace(policy(WORK.replace("8h", "4h")), version="2")
    story = Scenario(WORK).opened("10:00").until("11:00")
    story._fact("11:00", "policy.rebound", {"policy": "test", "version": "2"})
    bound = {("test", "2"): new}
    assert segments(story, "resolution", bound) == [
        "10:00 - 11:00 counted: open 09:00-17:00",
        "11:00 - 14:00 counted: open 09:00-17:00 (ahead)",
    ]


def test_a_line_that_came_with_another_policy_counts_from_the_change_also_when_reopened() -> None:
    old = "lines: [first, second]\nopening_line: first\n" + WORK
    story = Scenario(old).opened("10:00").fact("11:00", "resolved")
    story._fact("12:00", "policy.rebound", {"policy": "test", "version": "2"})
    story._fact("13:00", "ticket.reopened", {})
    bound = {("test", "2"): replace(policy(LINES), version="2")}
    assert started_by(story, "on_first", bound) == ("policy.rebound", "fact-3")
    assert segments(story, "on_first", bound) == [
        "12:00 - 13:00 paused: the work was over, fact-2 to fact-4",
        "13:00 - 15:00 counted: open (ahead)",
    ]


def test_years_of_days_and_nights_are_told_by_the_month_and_add_up_to_the_same() -> None:
    story = Scenario(WORK).opened("2012-01-02 10:00").until("2026-01-05 10:00")
    found = explanation(story, "resolution")
    few = bounded(found.stretches, found.shown.due_at)
    assert len(found.stretches) > 7000
    assert len(few) < 200
    assert few[:3] == found.stretches[:3], "what leads to the deadline is not merged"
    merged = [each for each in few if each.merged]
    assert merged[1].reason == "2012-02: open 09:00-17:00, closed"
    assert all(each.kind == COUNTED for each in merged)
    assert [each.start for each in few[1:]] == [each.end for each in few[:-1]]
    assert sum(each.counted.total_seconds() for each in few) == found.shown.elapsed_seconds


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{due: 4h}", ["4h after the start"]),
        ("{due: 1bd}", ["the same time 1 business day after the start"]),
        ("{due: 3bd}", ["the same time 3 business days after the start"]),
        ("{due: eobd+1}", ["the end of the 1st business day after the start"]),
        ("{due: 4h, warn: {before: 90m}}", ["1h30m before it is due", "4h after the start"]),
        ("{ladder: [{after: 0m, tell: lead}]}", ["at the start"]),
        (
            "{due: 4h, ladder: [{past: 0m, tell: lead}, {past: 1bd, tell: lead}]}",
            ["4h after the start", "when it is due", "1bd past due"],
        ),
        (
            "{ladder: [{after: 1h, tell: lead}], repeat: {every: 30m, times: 2}}",
            [
                "1h after the start",
                "1h after the start, and 30m more",
                "1h after the start, and 1h more",
            ],
        ),
        (
            (
                "{ladder: [{after: 1d, tell: agent, awaits:"
                " {fact: ticket.agent_replied, times: 2, then: 1h, meanwhile: {tell: lead}}}]}"
            ),
            ["1d after the start; awaits 2 ticket.agent_replied, then 1h after the last"],
        ),
    ],
)
def test_the_rule_of_a_mark_is_said_in_words(row: str, said: list[str]) -> None:
    rules = policy(f"clocks: [{{id: c, calendar: business, targets: [{row}]}}]")
    assert [rule_of(mark) for mark in rules.clocks[0].targets[0].marks] == said


def test_ordinals_are_those_of_english() -> None:
    said = [after_start(Span.parse(f"eobd+{day}")).split()[4] for day in (2, 3, 4, 11, 12, 13, 21)]
    assert said == ["2nd", "3rd", "4th", "11th", "12th", "13th", "21st"]
