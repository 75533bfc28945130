"""Another policy over a ticket's history: who would have been told, and who not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.derive import derive
from app.domain.events import REBOUND, WITHDRAWN, Event, Fact, SlaEvent
from app.domain.policy import Policy
from app.domain.simulation import TOO_MUCH, Compared, Period, Rules, Skipped, Tally, simulate
from app.policy_files import parse
from tests.domain.scenario import Scenario, policy
from tests.domain.stories import END, POLICIES, START, stories
from tests.organisations.story import FOLDER

PORTAONE = (FOLDER / "portaone.yaml").read_text()
TSM, CRM = "technical_support_manager", "customer_relations_manager"

STOOD = parse(PORTAONE)
RUNGS = ((f"1h, tell: {TSM}", 60), (f"4h, tell: {CRM}", 240), ("8h, tell: cto", 480))
"""The ladder of a P2, with its minutes."""


def shifted(minutes: int) -> Policy:
    """The policy as it is shipped, every rung of a P2 so many minutes later."""
    head, mark, tail = PORTAONE.rpartition("- severity: P2\n")
    for rung, after in RUNGS:
        new = rung.replace(rung.partition(",")[0], f"{after + minutes}m", 1)
        assert rung in tail
        tail = tail.replace(rung, new, 1)
    return parse(head + mark + tail)


def ticket(severity: str = "P2", rules: Policy = STOOD) -> Scenario:
    """A ticket opened on Monday at 10:00."""
    return Scenario(rules).opened("10:00", severity=severity)


def logged(facts: Sequence[Fact], rules: Policy, until: datetime) -> list[Event]:
    """The stream that these facts have left."""
    return [*facts, *derive(facts, rules, until).judge.verdicts.events]


def tried(
    story: Scenario, candidate: Policy, since: str = "00:00", until: str = "2026-12-31 00:00"
) -> Compared | Skipped:
    """What comes of trying a policy on a ticket's story."""
    period = Period(story.at(since), story.at(until))
    stream = logged(story.facts, story.policy, story.at("2026-12-31 00:00"))
    return simulate(stream, Rules(story.policy, {}), candidate, story.policy.id, period)


def compared(
    story: Scenario, candidate: Policy, since: str = "00:00", until: str = "2026-12-31 00:00"
) -> Compared:
    """The same, of a ticket that is not skipped."""
    found = tried(story, candidate, since, until)
    assert isinstance(found, Compared), found
    return found


def lines(story: Scenario, events: Sequence[SlaEvent]) -> list[str]:
    """When each was reached, and who is told."""
    return [f"{story.shown(each.reached_at)} {each.role or each.kind}" for each in events]


def test_a_ladder_half_an_hour_earlier_tells_those_who_escaped_by_less() -> None:
    """Resolved at 13:45: the second manager would have been told at 14:00, and is at 13:30."""
    story = ticket().fact("13:45", "resolved")
    found = compared(story, shifted(-30))
    assert lines(story, list(found.before.values())) == [f"11:00 {TSM}", "12:00 breach"]
    assert lines(story, found.gained) == [f"13:30 {CRM}"]
    assert found.lost == []
    assert [(lines(story, [was]), lines(story, [would])) for was, would in found.moved] == [
        ([f"11:00 {TSM}"], [f"10:30 {TSM}"])
    ]


def test_a_ladder_half_an_hour_later_spares_those_who_were_told_just_before_the_end() -> None:
    story = ticket().fact("14:15", "resolved")
    found = compared(story, shifted(30))
    assert lines(story, found.lost) == [f"14:00 {CRM}"]
    assert found.gained == []
    assert [story.shown(would.reached_at) for _, would in found.moved] == ["11:30"]


def test_other_severities_notice_nothing() -> None:
    found = compared(ticket("P1").fact("18:00", "resolved"), shifted(-30))
    assert found.before
    assert (found.gained, found.lost, found.moved) == ([], [], [])


@pytest.mark.parametrize(
    ("since", "until", "gained", "lost", "moved"),
    [
        ("10:30", "13:30", [], [], [f"10:30 {TSM}"]),
        ("10:30", "13:31", [f"13:30 {CRM}"], [], [f"10:30 {TSM}"]),
        ("10:31", "13:30", [], [f"11:00 {TSM}"], []),
        ("10:00", "11:00", [f"10:30 {TSM}"], [], []),
        ("13:31", "15:00", [], [], []),
    ],
)
def test_what_moves_out_of_the_period_is_lost_to_it_and_what_moves_into_it_gained(
    since: str, until: str, gained: list[str], lost: list[str], moved: list[str]
) -> None:
    """A period ends before its last instant."""
    story = ticket().fact("13:45", "resolved")
    found = compared(story, shifted(-30), since, until)
    assert lines(story, found.gained) == gained
    assert lines(story, found.lost) == lost
    assert lines(story, [would for _, would in found.moved]) == moved


def test_facts_after_the_period_are_left_out() -> None:
    """What the candidate would refuse afterwards does not matter before."""
    fewer = replace(STOOD, severities=STOOD.severities[1:])
    story = ticket().fact("15:00", "severity_changed", severity="P1")
    assert isinstance(tried(story, fewer, until="14:00"), Compared)
    skipped = tried(story, fewer)
    assert isinstance(skipped, Skipped)
    assert skipped.fact == story.facts[1]
    assert "no severity 'P1'" in skipped.reason


def test_a_ticket_whose_opening_is_refused_is_skipped_with_the_reason() -> None:
    fewer = replace(STOOD, severities=STOOD.severities[:1])
    skipped = tried(ticket(), fewer)
    assert isinstance(skipped, Skipped)
    assert (skipped.ticket_id, skipped.fact and skipped.fact.id) == ("T-1", "fact-1")
    assert skipped.reason == "policy portaone has no severity 'P2': one of P1"


def test_a_fact_that_was_left_out_before_is_no_reason_to_skip() -> None:
    story = ticket()
    story.facts.append(
        replace(story.facts[0], type="ticket.severity_changed", id="x", data={"severity": "P9"})
    )
    assert compared(story, shifted(-30)).moved


def test_withdrawn_and_late_facts_count_as_they_do() -> None:
    """Resolved at 13:45, which was withdrawn in the evening; what was raised late is no gain."""
    story = ticket()
    resolved = story.fact("13:45", "resolved").facts[-1]
    late = story.at("20:00")
    gone = Fact(
        WITHDRAWN, "T-1", "tests", "gone", None, late, {"source": "tests", "id": resolved.id}
    )
    story.facts.append(gone)
    for until in ("18:30", "Tue 10:00"):
        found = compared(story, shifted(-30), until=until)
        assert (found.gained, found.lost) == ([], [])
        assert lines(story, [would for _, would in found.moved]) == [
            f"10:30 {TSM}",
            f"13:30 {CRM}",
            "17:30 cto",
        ]


def test_a_candidate_takes_the_place_of_all_versions_and_of_no_other_policy() -> None:
    """Opened by another policy, and bound to this one at noon."""
    other = replace(shifted(0), id="other", version="o")
    now = ticket().at("12:00")
    bound = Fact(
        REBOUND, "T-1", "tests", "b", None, now, {"policy": "portaone", "version": STOOD.version}
    )
    opened = ticket().facts[0]
    rules = Rules(other, {("portaone", STOOD.version): STOOD})
    facts = [opened, bound]
    before = derive(facts, other, END, {}, rules.bound).judge.verdicts.events
    period = Period(opened.at, END)
    found = simulate([*facts, *before], rules, shifted(-30), "portaone", period)
    assert isinstance(found, Compared)
    story = ticket()
    assert lines(story, [would for _, would in found.moved]) == [f"13:30 {CRM}", "17:30 cto"]
    tried_rules = rules.with_candidate(shifted(-30), "other")
    assert tried_rules.opening.version == shifted(-30).version
    assert tried_rules.bound == rules.bound


def test_a_candidate_of_which_too_much_comes_skips_the_ticket() -> None:
    busy = policy("""
        clocks:
          - {id: review, commitment: reminder, repeats: true,
             targets: [{ladder: [{after: 1m, tell: lead}]}]}
        """)
    rules = policy("clocks: [{id: response, meets: [ticket.agent_replied], targets: [{due: 1h}]}]")
    skipped = tried(Scenario(rules).opened("10:00"), busy)
    assert isinstance(skipped, Skipped)
    assert skipped.reason == TOO_MUCH


@settings(max_examples=150, deadline=None)
@given(stories(), st.integers(0, 40), st.integers(1, 40))
def test_the_policy_that_stood_gains_and_loses_nothing(
    story: tuple[Policy, list[Fact]], since: int, days: int
) -> None:
    rules, facts = story
    begins = START + timedelta(days=since)
    period = Period(begins, begins + timedelta(days=days))
    stream = logged(facts, rules, END)
    found = simulate(stream, Rules(rules, {}), rules, rules.id, period)
    assert isinstance(found, Compared)
    assert (found.gained, found.lost, found.moved) == ([], [], [])
    assert found.before == found.after
    assert all(each.reached_at in period for each in found.before.values())


@settings(max_examples=100, deadline=None)
@given(stories(), POLICIES)
def test_what_one_policy_gains_on_another_the_other_loses_on_it(
    story: tuple[Policy, list[Fact]], other: Policy
) -> None:
    """And before and after differ by what is gained and lost."""
    rules, facts = story
    period = Period(START, END)
    there = simulate(logged(facts, rules, END), Rules(rules, {}), other, rules.id, period)
    if isinstance(there, Skipped):
        return
    back = simulate(logged(facts, other, END), Rules(other, {}), rules, other.id, period)
    assert isinstance(back, Compared)
    assert (there.gained, there.lost) == (back.lost, back.gained)
    assert there.moved == [(would, was) for was, would in sorted_as(there, back)]
    tally = Tally()
    tally.add(there, period)
    assert tally.tickets == 1
    for count in tally.counts.values():
        assert count.raised_after == count.raised_before + count.gained - count.lost


def sorted_as(there: Compared, back: Compared) -> list[tuple[SlaEvent, SlaEvent]]:
    """What moved on the way back, in the order of the way there."""
    moved = {was.identity: (was, would) for was, would in back.moved}
    return [moved[was.identity] for was, _ in there.moved]
