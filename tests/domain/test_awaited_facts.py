"""A rung that waits until other facts are there as well, and what is said meanwhile."""

from app.domain.derive import derive
from tests.domain.scenario import Scenario

SILENCE = """
clocks:
  - id: silence
    starts: [ticket.waiting_on_customer]
    when: {status: waiting_on_customer}
    targets:
      - ladder:
          - after: 2h
            tell: agent
            reason: silence
            close: true
            awaits:
              fact: ticket.agent_replied
              times: 2
              then: 1h
              meanwhile: {tell: lead, reason: contact_again}
"""

NOTICED = "notice lead"


def waiting() -> Scenario:
    return Scenario(SILENCE).opened("09:00").fact("10:00", "waiting_on_customer")


def test_with_all_contacts_there_the_rung_is_told_on_time() -> None:
    story = waiting().fact("10:30", "agent_replied").fact("12:00", "agent_replied").until("12:00")
    assert story.raised == ["12:00 silence escalation 1 agent"]
    assert story.ticket.status == "closed"


def test_missing_ones_are_said_to_be_missing_and_the_rung_comes_after_the_last() -> None:
    story = waiting().fact("10:30", "agent_replied").until("13:00")
    assert story.raised == ["12:00 notice lead"]
    assert story.judge.next_mark() is None
    story.fact("13:10", "agent_replied")
    assert story.next_mark == "14:10 silence escalation 1 agent"
    story.fact("13:20", "agent_replied").until("15:00")
    assert story.raised == ["12:00 notice lead", "14:10 silence escalation 1 agent"]
    assert story.ticket.status == "closed"


def test_the_notice_speaks_of_the_fact_that_began_the_cycle() -> None:
    story = waiting().until("13:00")
    (event,) = story.events
    assert (event.type, event.cause, event.reason) == ("sla.noticed", "fact-2", "contact_again")
    assert (event.clock, event.tier) == (None, None)
    assert event.target_at == event.reached_at == story.at("12:00")


def test_contacts_from_before_do_not_count_and_one_folded_after_it_does() -> None:
    story = Scenario(SILENCE).opened("09:00")
    story.fact("10:00", "agent_replied").fact("10:00", "waiting_on_customer")
    story.fact("10:00", "agent_replied").fact("10:05", "agent_replied", public=False)
    story.until("12:00")
    assert story.raised == ["12:00 notice lead"]
    story.fact("12:01", "agent_replied")
    assert story.next_mark == "13:01 silence escalation 1 agent"


def test_an_answer_ends_it_and_the_next_waiting_begins_anew() -> None:
    story = waiting().fact("10:30", "agent_replied").until("12:00")
    story.fact("12:30", "customer_replied").fact("12:40", "agent_replied").until("15:00")
    assert story.results == [("silence", 1, "cancelled")]
    story.fact("15:00", "waiting_on_customer").until("17:00")
    assert story.raised == ["12:00 notice lead", "17:00 notice lead"]
    assert len({each.id for each in story.events}) == 2


def test_folded_whole_it_says_the_same() -> None:
    story = waiting().fact("10:30", "agent_replied").until("12:00")
    story.fact("13:10", "agent_replied").until("14:10")
    whole = derive(story.facts, story.policy, story.now).judge
    assert whole.verdicts.events == story.events


MISSING = """
clocks:
  - id: silence
    {ways}
    targets:
      - ladder:
          - after: 1h
            tell: agent
            awaits: {{fact: ticket.assigned, times: 1, then: 1h, meanwhile: {{tell: lead}}}}
"""


def missing(ways: str) -> Scenario:
    return Scenario(MISSING.format(ways=ways)).opened("10:00")


def test_each_cycle_has_a_notice_of_its_own_whatever_began_it() -> None:
    """(28)"""
    restarted = missing("restarts: [ticket.customer_replied]").fact("11:40", "customer_replied")
    repeated = missing(
        "{meets: [ticket.agent_replied], repeats: true}".strip("{}").replace(", ", "\n    ")
    )
    repeated.fact("11:40", "agent_replied")
    reopened = missing("meets: [ticket.resolved]\n    on_reopen: restart").fact("11:10", "resolved")
    reopened.fact("11:40", "reopened")
    resumed = missing("when: {kind: {not: wish}}").fact("11:10", "updated", kind="wish")
    resumed.fact("11:40", "updated", kind="problem")
    for story in (restarted, repeated, reopened, resumed):
        story.until("15:00")
        noticed = [each for each in story.events if each.kind == "notice"]
        assert len(noticed) == 2
        assert len({each.id for each in story.events}) == len(story.events)


def test_rows_count_what_they_await_and_not_what_others_do() -> None:
    story = Scenario("""
        clocks:
          - id: silence
            targets:
              - severity: P1
                ladder:
                  - after: 1h
                    tell: agent
                    awaits: {fact: ticket.assigned, times: 3, then: 1h, meanwhile: {tell: lead}}
              - ladder:
                  - after: 1h
                    tell: agent
                    awaits: {fact: ticket.acknowledged, times: 1, then: 1h, meanwhile: {tell: lead}}
        """)
    story.opened("10:00", severity="P1")
    story.fact("10:10", "assigned").fact("10:20", "assigned").fact("10:30", "assigned")
    assert story.until("11:00").raised == ["11:00 silence escalation 1 agent"]


def test_two_rungs_each_say_that_theirs_are_missing() -> None:
    story = Scenario("""
        clocks:
          - id: silence
            targets:
              - ladder:
                  - after: 1h
                    tell: agent
                    awaits: {fact: ticket.assigned, times: 1, then: 1h, meanwhile: {tell: lead}}
                  - after: 3h
                    tell: agent
                    awaits: {fact: ticket.assigned, times: 2, then: 1h, meanwhile: {tell: lead}}
        """)
    story.opened("10:00").until("14:00")
    assert story.told == [("11:00", "lead"), ("13:00", "lead")]
