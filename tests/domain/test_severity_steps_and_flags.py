"""What a policy makes of a ticket: a lower severity, flags, and what roles are handed."""

import pytest

from app.policy_files import PolicyFileError, parse
from tests.domain.scenario import HEAD, Scenario, policy

STEPS = """
severity_steps: [{if: {workaround_available: true}, down: 1}]
flags:
  - {flag: active, if: {severity: P1, workaround_available: false, status: {not_in: [resolved]}}}
clocks:
  - {id: response, meets: [ticket.agent_replied], targets: [{severity: P1, due: 1h}, {due: 4h}]}
"""


def severity_and_flags(story: Scenario) -> tuple[str, list[str]]:
    return story.ticket.severity, story.policy.flags_of(story.ticket)


def test_a_workaround_lowers_the_severity_by_one() -> None:
    story = Scenario(STEPS).opened(severity="P1", workaround_available=True)
    assert story.ticket.severity == "P2"
    assert story.clock("response").due == "14:00"
    assert story.facts[0].data["severity"] == "P1"


def test_the_lowest_severity_stays() -> None:
    assert Scenario(STEPS).opened(severity="P3", workaround_available=True).ticket.severity == "P3"


def test_a_change_that_says_nothing_of_a_workaround_says_there_is_none() -> None:
    story = Scenario(STEPS).opened(severity="P1", workaround_available=True)
    story.fact("11:00", "severity_changed", severity="P1")
    assert story.ticket.severity == "P1"
    story.fact("11:10", "severity_changed", severity="P1", workaround_available=True)
    assert story.ticket.severity == "P2"


def test_a_workaround_provided_later_steps_nothing_until_the_next_report() -> None:
    story = Scenario(STEPS).opened(severity="P1").fact("11:00", "workaround_provided")
    assert severity_and_flags(story) == ("P1", [])


def test_a_flag_shows_while_its_condition_holds() -> None:
    story = Scenario(STEPS).opened(severity="P1")
    assert severity_and_flags(story) == ("P1", ["active"])
    assert severity_and_flags(story.fact("11:00", "resolved")) == ("P1", [])
    assert severity_and_flags(story.fact("11:30", "reopened")) == ("P1", ["active"])
    story.fact("12:00", "severity_changed", severity="P3")
    assert severity_and_flags(story) == ("P3", [])


CARRIES = """
id: test
severities: [P1, P2]
roles:
  - lead
  - id: owner
    carries:
      - {if: {severity: P1}, data: {plan: now, by: policy}}
      - {if: {severity: P2}, data: {plan: later}}
clocks:
  - id: response
    targets: [{due: 1h, when_due: {tell: owner, data: {by: rung}}}]
notices:
  - {fact: ticket.updated, tell: owner}
  - {fact: ticket.updated, tell: lead}
"""


def test_a_role_is_handed_its_data_whatever_tells_it() -> None:
    story = Scenario(parse(CARRIES)).opened("10:00", severity="P1")
    story.fact("10:10", "updated").fact("10:20", "escalated", to="owner").until("11:00")
    handed = [(each.kind, each.role, each.data) for each in story.events]
    assert handed == [
        ("notice", "owner", {"plan": "now", "by": "policy"}),
        ("notice", "lead", {}),
        ("notice", "owner", {"plan": "now", "by": "policy"}),
        ("breach", None, {}),
        ("escalation", "owner", {"plan": "now", "by": "rung"}),
    ]


def test_what_it_is_handed_is_by_the_ticket_as_it_is_then() -> None:
    story = Scenario(parse(CARRIES)).opened("10:00", severity="P1")
    story.fact("10:30", "severity_changed", severity="P2").until("11:00")
    assert story.events[-1].data == {"plan": "later", "by": "rung"}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("severity_steps: [{if: {severity: P1}, down: 3}]", "3 is not between 1 and 2"),
        ("severity_steps: [{down: 1}]", "'if' is missing"),
        ("flags: [{flag: Loud, if: {severity: P1}}]", "an id is of small letters"),
        ("flags: [{flag: loud, if: {fact.x: 1}}]", "looks at a fact"),
        ("clocks: [{id: a, targets: [{warn: {before: 1h}}]}]", "there is no due"),
        ("clocks: [{id: a, targets: [{due: 1h, warn: {before: 1h}}]}]", "before the clock starts"),
        ("clocks: [{id: a, targets: [{due: 1h, warn: {before: 1bd}}]}]", "hours or minutes"),
        ("clocks: [{id: a, targets: [{due: 2h, warn: {before: 1h, after: 1h}}]}]", "one place"),
    ],
)
def test_what_means_nothing_is_refused(body: str, why: str) -> None:
    with pytest.raises(PolicyFileError, match=why):
        policy(body)


def test_a_role_is_named_once() -> None:
    with pytest.raises(PolicyFileError, match="'lead' stands here twice"):
        parse(HEAD.replace("[agent, lead, manager, director]", "[lead, {id: lead}]"))


def test_a_step_may_look_at_the_severity_before() -> None:
    story = Scenario("severity_steps: [{if: {previous.severity: P1}, down: 1}]")
    story.opened(severity="P1").fact("11:00", "severity_changed", severity="P2")
    assert story.ticket.severity == "P3"
