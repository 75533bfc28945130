"""The ladders of on-call peers: who is told when, in minutes from the opening."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain import events
from app.domain.events import Fact
from app.domain.judge import Judge
from app.policy_files import load_file
from tests.peers.cases import TIERS, Case
from tests.peers.left_out import TIERS as LEFT_OUT
from tests.peers.rendering import POLICIES

FEWEST = 5

SAID_BY = {
    "tiers-007": "tiers-personal",
    "tiers-009": "tiers-two-steps",
    "tiers-010": "tiers-personal",
    "tiers-012": "tiers-at-once",
    "tiers-018": "tiers-resolve",
}
OPENING = datetime(2026, 1, 5, 10, tzinfo=UTC)


class Escalation:
    """A ticket whose ladder is climbed."""

    def __init__(self, case: Case) -> None:
        self.people = {who for step in case["steps"] for who in step.get("notify", ())}
        opened = self._fact(0, events.OPENED, {})
        policy = load_file(POLICIES / f"{SAID_BY[case['id']]}.yaml")
        self.judge = Judge.opening(opened, policy)

    def happens(self, event: dict[str, Any]) -> None:
        """Something is done about it."""
        minute = event["minute"]
        match event["type"]:
            case "acknowledged":
                data: dict[str, object] = {"escalation_id": self._last_told(event["by"])}
                self.judge.fact(self._fact(minute, events.ESCALATION_ACKNOWLEDGED, data))
            case "escalated_by_hand":
                self.judge.fact(self._fact(minute, events.HANDED_OVER, {"line": "second"}))
            case "closed":
                self.judge.fact(self._fact(minute, events.CLOSED, {}))
            case other:
                raise AssertionError(f"nobody knows {other}")

    def until(self, minute: int) -> None:
        """Time passes."""
        self.judge.pass_time(OPENING + timedelta(minutes=minute))

    def told(self, after: int, until: int) -> list[str]:
        """Which of the case's people were told after one minute and up to another."""
        minute = timedelta(minutes=1)
        return [
            str(event.role)
            for event in self.judge.verdicts.events
            if event.role in self.people and after < (event.reached_at - OPENING) / minute <= until
        ]

    def shown(self, field: str) -> object:
        """What comes next, if anything does."""
        mark = self.judge.next_mark()
        if field == "stopped":
            return mark is None and self.judge.ticket.done
        assert field == "next_step_second"
        return None if mark is None else (mark.at - OPENING).total_seconds()

    def _last_told(self, role: str) -> str:
        return [event.id for event in self.judge.verdicts.events if event.role == role][-1]

    def _fact(self, minute: int, type_: str, data: dict[str, object]) -> Fact:
        at = OPENING + timedelta(minutes=minute)
        return Fact(type_, "T-1", "peer", f"{type_}-{minute}", at, at, data)


def test_there_are_ten_of_them_and_each_is_said_or_left_out() -> None:
    assert set(SAID_BY) | set(LEFT_OUT) == {case["id"] for case in TIERS}
    assert len(TIERS) == 10
    assert len(SAID_BY) >= FEWEST


@pytest.mark.parametrize(
    "case", [case for case in TIERS if case["id"] in SAID_BY], ids=lambda case: case["id"]
)
def test_a_ladder_of_a_peer(case: Case) -> None:
    escalation, to_come, seen = Escalation(case), case["events"][1:], -1
    for expectation in case["expected"]:
        minute = expectation["minute"]
        while to_come and to_come[0]["minute"] <= minute:
            escalation.happens(to_come.pop(0))
        escalation.until(minute)
        assert escalation.told(seen, minute) == expectation["notified"]
        for field in expectation.keys() - {"minute", "notified"}:
            assert escalation.shown(field) == expectation[field]
        seen = minute
