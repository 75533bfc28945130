"""The tickets of peers' own tests, each under its peer's rules said as a policy."""

import json
from datetime import datetime
from typing import Any

import pytest

from tests.peers.answers import Answers, expected
from tests.peers.cases import CLOCKS, ESCALATIONS, Case, family_of
from tests.peers.left_out import ESCALATIONS as LEFT_OUT
from tests.peers.rendering import policy_of, rules_of
from tests.peers.story import TYPES, facts_of

FEWEST = 81

FAMILIES = sorted({family_of(case) for case in ESCALATIONS})


def name_of(case: Case) -> str:
    """Its id, for the report."""
    return str(case["id"])


def params() -> list[Any]:
    """A case that is left out must fail: xfail is strict here."""
    return [
        pytest.param(
            case,
            id=case["id"],
            marks=[pytest.mark.xfail(reason=LEFT_OUT[case["id"]], raises=AssertionError)]
            if case["id"] in LEFT_OUT
            else [],
        )
        for case in ESCALATIONS
    ]


def answers_at(case: Case, expectation: dict[str, Any]) -> Answers:
    """By what had happened when the case looks; at last, by everything."""
    happened, last = case["events"], case["events"][-1]["at"]
    at = datetime.fromisoformat(last if expectation.get("final") else expectation["at"])
    known = [event for event in happened if datetime.fromisoformat(event["at"]) <= at]
    return Answers(case, policy_of(case), facts_of(case, known), at)


def assert_holds(answers: Answers, expectation: dict[str, Any]) -> None:
    asked = expectation.keys() - {"at", "final"}
    given = {field: answers.to(field) for field in asked}
    assert given == {field: expected(field, expectation) for field in asked}


def test_there_are_82_of_them_and_few_are_left_out() -> None:
    assert len({case["id"] for case in ESCALATIONS}) == 82
    assert len(ESCALATIONS) - len(LEFT_OUT) >= FEWEST
    assert set(LEFT_OUT) <= {case["id"] for case in ESCALATIONS}


@pytest.mark.parametrize("case", params())
def test_a_ticket_of_a_peer(case: Case) -> None:
    for expectation in case["expected"]:
        assert_holds(answers_at(case, expectation), expectation)


@pytest.mark.parametrize(
    "case", [case for case in ESCALATIONS if "before_change" in case], ids=name_of
)
def test_what_was_due_before_the_targets_changed(case: Case) -> None:
    happened = case["events"][:1]
    at = datetime.fromisoformat(happened[0]["at"])
    answers = Answers(case, policy_of(case), facts_of(case, happened), at)
    before = dict(case["before_change"])
    levels_at = before.pop("levels_at", None)
    assert_holds(answers, before)
    if levels_at is not None:
        levels = [{"clock": clock, "at": levels_at} for clock in answers.clocks]
        assert_holds(answers, {"levels": levels})


@pytest.mark.parametrize("case", [case for case in ESCALATIONS if "canonical" in case], ids=name_of)
def test_where_a_rule_is_debatable_the_answer_is_the_canonical_one(case: Case) -> None:
    """Said in our own words: a closing stays the closing (6), paused time is open time (10)."""
    ours = case | {"semantics": case["semantics"] | {"exact_close": "closing_time"}}
    assert_holds(answers_at(ours, {"final": True}), case["canonical"])


@pytest.mark.parametrize("family", FAMILIES)
def test_one_policy_says_the_rules_of_all_its_cases(family: str) -> None:
    cases = [case for case in ESCALATIONS if family_of(case) == family]
    assert len({json.dumps(case["semantics"]) for case in cases}) == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_what_pauses_and_meets_a_clock_is_what_its_peer_declares(family: str) -> None:
    """Beyond what the cases happen to touch."""
    declared = next(case["semantics"] for case in ESCALATIONS if family_of(case) == family)
    clocks = {clock["id"]: clock for clock in rules_of(family)["clocks"]}
    assert set(clocks) == {clock for clock in CLOCKS if declared[clock]}
    for clock_id, clock in clocks.items():
        assert ("pauses_on" in clock) == declared[clock_id]["paused"]
        met_by = declared[clock_id].get("met_by", [])
        words = met_by.split(" or ") if isinstance(met_by, str) else met_by
        patterns = [
            each if isinstance(each, str) else each["fact"] for each in clock.get("meets", [])
        ]
        assert {TYPES[word] for word in words} <= set(patterns)
