"""Conditions are data: a field, an operator, a value."""

import pytest

from app.domain.conditions import Condition
from app.domain.errors import PolicyError
from tests.domain.scenario import Scenario

FIELDS: dict[str, object] = {
    "kind": "problem",
    "channel": "web",
    "customer": "ACME",
    "title": "It is down",
    "attributes": {"site": "Oslo", "vip": True, "seats": 12, "one": 1, "gone": None},
}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("kind: problem", True),
        ("kind: question", False),
        ("kind: {is: problem}", True),
        ("kind: {not: question}", True),
        ("kind: {not: problem}", False),
        ("kind: {in: [question, problem]}", True),
        ("kind: {in: [question]}", False),
        ("kind: {not_in: [question]}", True),
        ("kind: {not_in: [problem]}", False),
        ("kind: {exists: true}", True),
        ("kind: {exists: false}", False),
        ("plan: {exists: true}", False),
        ("plan: {exists: false}", True),
        ("plan: null", True),
        ("severity: P1", True),
        ("severity: {in: [P2, P3]}", False),
        ("status: new", True),
        ("line: {exists: false}", True),
        ("customer: ACME", True),
        ("title: It is down", True),
        ("workaround_available: false", True),
        ("attributes.site: Oslo", True),
        ("attributes.vip: true", True),
        ("attributes.seats: 12", True),
        ("attributes.seats: {in: [1, 12]}", True),
        ("attributes.vip: 1", False),
        ("attributes.vip: {not_in: [1]}", True),
        ("attributes.one: true", False),
        ("attributes.one: {not: true}", True),
        ("attributes.none: {exists: false}", True),
        ("attributes.gone: {exists: false}", True),
        ("fact.channel: web", True),
        ("fact.none: {exists: false}", True),
        ("previous.severity: {exists: false}", True),
        ("opened_in.business: true", True),
        ("at_in.business: true", True),
        ("kind: problem, channel: web", True),
        ("kind: problem, channel: phone", False),
    ],
)
def test_conditions_at_the_opening(condition: str, *, holds: bool) -> None:
    rules = f"notices: [{{fact: ticket.opened, if: {{{condition}}}, tell: lead}}]"
    told = Scenario(rules).opened("10:00", severity="P1", **FIELDS).told
    assert bool(told) == holds


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("previous.severity: P2", True),
        ("previous.severity: P1", False),
        ("previous.status: new", True),
        ("previous.plan: {exists: false}", True),
        ("severity: P1", True),
    ],
)
def test_conditions_may_look_at_what_was_before(condition: str, *, holds: bool) -> None:
    rules = f"notices: [{{fact: ticket.severity_changed, if: {{{condition}}}, tell: lead}}]"
    ticket = Scenario(rules).opened("10:00").fact("11:00", "severity_changed", severity="P1")
    assert bool(ticket.told) == holds


@pytest.mark.parametrize(
    "field", ["colour", "attributes", "attributes.", "previous.title", "kind.x", "fact", "", "."]
)
def test_a_field_that_there_is_not(field: str) -> None:
    with pytest.raises(PolicyError, match="unknown field"):
        Condition(field, "is", 1)


def test_an_operator_that_there_is_not() -> None:
    with pytest.raises(PolicyError, match="unknown operator 'like': one of is, not, in"):
        Condition("kind", "like", 1)
