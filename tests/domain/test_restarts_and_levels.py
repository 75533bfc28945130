"""Clocks that begin anew at a message, and marks so long before what is due."""

from tests.domain.scenario import Scenario

LAST_CONTACT = """
clocks:
  - id: update
    calendar: business
    starts: [ticket.opened]
    restarts: [ticket.customer_replied, ticket.agent_replied]
    targets: [{due: 2h}]
"""


def test_a_restart_begins_the_cycle_anew_without_a_verdict() -> None:
    story = Scenario(LAST_CONTACT).opened("10:00")
    assert story.clock("update").due == "12:00"
    story.fact("11:00", "customer_replied")
    assert story.clock("update").due == "13:00"
    story.fact("11:30", "agent_replied").until("13:30")
    assert story.raised == ["13:30 update breach"]
    assert story.results == [("update", 1, "cancelled"), ("update", 2, "cancelled")]


def test_an_internal_note_restarts_nothing() -> None:
    story = Scenario(LAST_CONTACT).opened("10:00").fact("11:00", "agent_replied", public=False)
    assert story.clock("update").due == "12:00"


def test_what_was_breached_stays_counted_when_it_begins_anew() -> None:
    story = Scenario(LAST_CONTACT).opened("10:00").fact("12:30", "customer_replied")
    (outcome,) = story.judge.verdicts.outcomes.values()
    assert outcome.breached_at == story.at("12:00")
    assert story.clock("update").breached is None


def test_after_the_end_of_the_work_nothing_begins_anew() -> None:
    story = Scenario(LAST_CONTACT).opened("10:00").fact("10:30", "resolved")
    story.fact("11:00", "customer_replied")
    assert story.clock("update").state == "cancelled"


def test_the_first_message_of_the_customer_after_an_agents_counts() -> None:
    story = Scenario(
        """
        clocks:
          - id: update
            starts: [ticket.agent_replied]
            restarts:
              - ticket.agent_replied
              - {fact: ticket.customer_replied, if: {previous.last_message_by: agent}}
            targets: [{due: 1h}]
        """
    ).opened("10:00")
    assert story.fact("10:10", "customer_replied").clock("update").state == "pending"
    assert story.fact("10:20", "agent_replied").clock("update").due == "11:20"
    assert story.fact("10:30", "customer_replied").clock("update").due == "11:30"
    assert story.fact("10:40", "customer_replied").clock("update").due == "11:30"
    assert story.fact("10:50", "agent_replied").clock("update").due == "11:50"


LEVELS = """
clocks:
  - id: resolution
    calendar: business
    pauses_on: [waiting_on_customer]
    meets: [ticket.resolved]
    targets:
      - severity: P1
        warn: {before: 30m}
        due: 4h
        ladder:
          - {before: 1h, tell: lead}
          - {after: 4h, tell: manager}
      - severity: P2
        due: eobd+1
        ladder: [{before: 2h, tell: lead}]
      - severity: P3
        due: 1bd
        ladder: [{before: 9h, tell: lead}]
"""


def test_levels_are_told_so_long_before_what_is_due() -> None:
    story = Scenario(LEVELS).opened("15:00", severity="P1").until("Wed 09:00")
    assert story.raised == [
        "Tue 10:00 resolution escalation 1 lead",
        "Tue 10:30 resolution warning",
        "Tue 11:00 resolution breach",
        "Tue 11:00 resolution escalation 2 manager",
    ]


def test_the_way_back_leads_over_closed_hours_and_ends_at_a_closing() -> None:
    story = Scenario(LEVELS).opened("08:30", severity="P1")
    assert story.next_mark == "12:00 resolution escalation 1 lead"
    story = Scenario(LEVELS).opened("13:00", severity="P1").until("Tue 08:00")
    assert story.raised[0] == "16:00 resolution escalation 1 lead"
    story = Scenario(LEVELS).opened("14:00", severity="P1")
    assert story.next_mark == "17:00 resolution escalation 1 lead"


def test_before_the_end_of_a_business_day() -> None:
    assert Scenario(LEVELS).opened("10:00").next_mark == "Tue 15:00 resolution escalation 1 lead"


def test_a_level_is_never_before_the_start() -> None:
    """(25)"""
    story = Scenario(LEVELS).opened("10:00", severity="P3")
    assert story.next_mark == "10:00 resolution escalation 1 lead"


def test_a_pause_moves_the_levels_with_what_is_due() -> None:
    story = Scenario(LEVELS).opened("09:00", severity="P1")
    story.fact("10:00", "waiting_on_customer").fact("11:00", "customer_replied")
    assert story.clock("resolution").due == "14:00"
    assert story.next_mark == "13:00 resolution escalation 1 lead"


PAST = """
clocks:
  - id: resolution
    calendar: business
    pauses_on: [waiting_on_customer]
    meets: [ticket.resolved]
    targets:
      - severity: P1
        due: 4h
        ladder: [{past: 2h, tell: lead}, {past: 1bd, tell: manager}]
      - severity: P2
        due: eobd+1
        ladder: [{past: 2h, tell: lead}, {past: eobd+1, tell: manager}]
"""


def test_levels_past_what_is_due_count_from_there_on_the_same_calendar() -> None:
    story = Scenario(PAST).opened("12:00", severity="P1").until("Fri 17:00")
    assert story.raised == [
        "16:00 resolution breach",
        "Tue 10:00 resolution escalation 1 lead",
        "Tue 16:00 resolution escalation 2 manager",
    ]
    story = Scenario(PAST).opened("12:00", severity="P2").until("Fri 17:00")
    assert story.raised == [
        "Tue 17:00 resolution breach",
        "Wed 11:00 resolution escalation 1 lead",
        "Wed 17:00 resolution escalation 2 manager",
    ]


def test_they_count_from_what_is_due_after_pauses_and_later_pauses_move_them() -> None:
    """(10)"""
    story = Scenario(PAST).opened("12:00", severity="P1")
    story.fact("13:00", "waiting_on_customer").fact("13:30", "customer_replied")
    story.fact("16:40", "waiting_on_customer").fact("16:50", "customer_replied").until("Fri 17:00")
    assert story.raised == [
        "16:30 resolution breach",
        "Tue 10:40 resolution escalation 1 lead",
        "Tue 16:40 resolution escalation 2 manager",
    ]


def test_what_stays_met_is_not_taken_up_by_a_reopening() -> None:
    rules = """
    clocks:
      - {id: resolution, meets: [ticket.resolved], on_reopen: stay, targets: [{due: 4h}]}
    """
    story = Scenario(rules).opened("10:00").fact("11:00", "resolved").fact("12:00", "reopened")
    story.fact("13:00", "resolved").until("20:00")
    assert story.clock("resolution").state == "met"
    assert story.raised == ["11:00 resolution met"]
    assert story.results == [("resolution", 1, "met")]
