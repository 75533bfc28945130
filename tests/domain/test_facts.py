"""What facts say of the ticket itself, and which the policy does not take."""

import copy

import pytest

from app.domain.errors import FactRefused
from app.domain.judge import Judge
from tests.domain.scenario import Scenario, policy

RULES = """
plans: [basic, Pro]
default_plan: basic
lines: [first, second]
opening_line: first
clocks:
  - {id: response, meets: [ticket.agent_replied], targets: [{due: 1h}]}
"""


def test_an_opening_describes_the_ticket() -> None:
    ticket = (
        Scenario(RULES)
        .opened(
            "10:00",
            severity="p1",
            plan="PRO",
            line="Second",
            kind="problem",
            channel="web",
            title="It is down",
            customer="ACME",
            url="https://example.org/1",
            workaround_available=True,
            attributes={"site": "Oslo"},
        )
        .ticket
    )
    assert (ticket.severity, ticket.plan, ticket.line) == ("P1", "Pro", "second")
    assert (ticket.kind, ticket.channel, ticket.title) == ("problem", "web", "It is down")
    assert (ticket.customer, ticket.url) == ("ACME", "https://example.org/1")
    assert (ticket.workaround_available, ticket.attributes) == (True, {"site": "Oslo"})


def test_what_is_left_out_has_the_policy_s_default() -> None:
    ticket = Scenario(RULES).opened("10:00").ticket
    assert (ticket.severity, ticket.plan, ticket.line) == ("P2", "basic", "first")


def test_an_update_changes_what_it_names_and_merges_attributes() -> None:
    ticket = Scenario(RULES).opened("10:00", title="A", kind="problem", attributes={"a": 1, "b": 1})
    ticket.fact("11:00", "updated", title="B", attributes={"b": 2, "c": 3})
    assert (ticket.ticket.title, ticket.ticket.kind) == ("B", "problem")
    assert ticket.ticket.attributes == {"a": 1, "b": 2, "c": 3}


def test_an_update_does_not_touch_the_fact_it_came_from() -> None:
    given = {"a": 1}
    ticket = Scenario(RULES).opened("10:00", attributes=given)
    ticket.fact("11:00", "updated", attributes={"b": 2})
    assert given == {"a": 1}


def test_severity_ids_names_and_aliases_match_without_regard_to_case() -> None:
    rules = policy("").severities
    assert [severity.id for severity in rules] == ["P1", "P2", "P3"]
    ticket = Scenario(RULES).opened("10:00", severity="p3")
    ticket.fact("11:00", "severity_changed", severity="p1", workaround_available=True)
    assert (ticket.ticket.severity, ticket.ticket.workaround_available) == ("P1", True)


@pytest.mark.parametrize(
    ("fact", "data", "pointer", "why"),
    [
        ("opened", {}, "/type", "open already"),
        ("severity_changed", {}, "/data/severity", "severity is required"),
        ("severity_changed", {"severity": None}, "/data/severity", "severity is required"),
        ("severity_changed", {"severity": "P9"}, "/data/severity", "no severity 'P9': one of P1,"),
        ("severity_changed", {"severity": []}, "/data/severity", "no severity"),
        ("plan_changed", {}, "/data/plan", "plan is required"),
        ("plan_changed", {"plan": "gold"}, "/data/plan", "no plan 'gold': one of basic, Pro"),
        ("handed_over", {}, "/data/line", "line is required"),
        ("handed_over", {"line": "third"}, "/data/line", "no line 'third': one of first, second"),
        ("escalated", {}, "/data/to", "to is required"),
        ("escalated", {"to": ["lead"]}, "/data/to", "no role"),
        ("update_interval_agreed", {}, "/data/every", "every is required"),
        ("update_interval_agreed", {"every": "soon"}, "/data/every", "'soon' is no span"),
        ("update_interval_agreed", {"every": "59s"}, "/data/every", "at least 1m"),
        ("update_interval_agreed", {"every": "0bd"}, "/data/every", "at least 1m"),
        ("update_interval_agreed", {"every": "90000d"}, "/data/every", "longer than ten years"),
    ],
)
def test_refused_with_the_member_at_fault_and_nothing_is_changed(
    fact: str, data: dict[str, object], pointer: str, why: str
) -> None:
    ticket = Scenario(RULES).opened("10:00")
    before = copy.deepcopy(ticket.ticket)
    with pytest.raises(FactRefused, match=why) as refused:
        ticket.fact("14:00", fact, **data)
    assert refused.value.pointer == pointer
    assert (ticket.ticket, ticket.events) == (before, [])


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({"severity": "P9"}, "/data/severity"),
        ({"plan": "gold"}, "/data/plan"),
        ({"line": "third"}, "/data/line"),
    ],
)
def test_an_opening_is_refused_likewise(data: dict[str, object], pointer: str) -> None:
    with pytest.raises(FactRefused) as refused:
        Scenario(RULES).opened("10:00", **data)
    assert refused.value.pointer == pointer


def test_a_severity_is_required_where_the_policy_has_no_default() -> None:
    rules = policy("clocks: []")
    object.__setattr__(rules, "default_severity", None)
    scenario = Scenario(rules)
    with pytest.raises(FactRefused, match="severity is required: policy test has no default"):
        scenario.opened("10:00")


def test_a_line_is_refused_where_the_policy_names_none() -> None:
    with pytest.raises(FactRefused, match="policy test has no line 'first': it names none"):
        Scenario("clocks: []").opened("10:00", line="first")


def test_a_judge_can_be_made_of_a_saved_state() -> None:
    ticket = Scenario(RULES).opened("10:00")
    again = Judge(copy.deepcopy(ticket.ticket), ticket.policy)
    again.pass_time(ticket.at("12:00"))
    assert again.verdicts.events == ticket.until("12:00").events
