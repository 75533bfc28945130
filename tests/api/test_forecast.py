"""``/v1/forecast``: what will be raised if nothing happens."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.clock import host_now
from tests.api.keyed import key
from tests.api.story import Desk, Reader
from tests.conftest import Running

HOUR = timedelta(hours=1)
OPENINGS: tuple[tuple[str, dict[str, object]], ...] = (
    ("netop", {"severity": "critical"}),
    ("netreo", {"severity": "1"}),
    ("netreo", {"severity": "4"}),
    ("portaone", {"severity": "P1"}),
    ("portaone", {"severity": "P2"}),
    ("portaone", {"severity": "P3"}),
    ("syneto", {"severity": "P1", "plan": "mission_critical"}),
    ("syneto", {"severity": "P2"}),
    ("xecuritas", {"severity": "1"}),
    ("xecuritas", {"severity": "3"}),
)


@pytest.fixture
def desk(running: Running) -> Desk:
    return Desk(running)


@pytest.fixture
def reader(running: Running) -> Reader:
    return Reader(running)


def raised(items: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    """What is told of an item, and of an escalation, alike."""
    members = ("kind", "clock", "cycle", "tier", "role")
    return sorted(
        (each.get("at") or each["reached_at"], *map(str, (each[name] for name in members)))
        for each in items
    )


async def report_all(desk: Desk) -> list[str]:
    """A ticket of every shipped policy, some answered, some waiting on the customer."""
    opened, names = host_now() - 5 * HOUR - timedelta(minutes=7), []
    for number, (policy, data) in enumerate(OPENINGS * 3):
        name = f"T-{number}"
        desk.opens(name, opened, policy=policy, **data)
        if number >= len(OPENINGS):
            desk.happens(name, opened + HOUR, "ticket.agent_replied")
        if number >= 2 * len(OPENINGS):
            desk.happens(name, opened + 2 * HOUR, "ticket.waiting_on_customer")
        names.append(name)
    await desk.report()
    return names


class TestForecast:
    @pytest.mark.parametrize("hours", [30, 24 * 14])
    async def test_it_is_what_each_ticket_says_of_its_own_future(
        self, desk: Desk, reader: Reader, hours: int
    ) -> None:
        names = await report_all(desk)
        until = host_now() + hours * HOUR
        answer = await reader.read("/v1/forecast", until=until, limit=500)
        pages = await reader.all_pages("/v1/forecast", until=until, limit=40)
        items = [item for page in pages for item in page]
        now = answer["as_of"]
        for name in names:
            ticket = await reader.ticket(name, as_of=until)
            told = [each for each in ticket["escalations"] if each["reached_at"] > now]
            assert raised([item for item in items if item["ticket_id"] == name]) == raised(told)
        assert sum(each["marks"] for each in answer["by_role"]) == len(items)
        assert sum(each["marks"] for each in answer["by_time"]) == len(items)
        assert answer["tickets"] == len({item["ticket_id"] for item in items})
        assert answer["complete"] is True

    async def test_an_item_says_when_who_of_what_ticket_and_the_sums_follow(
        self, desk: Desk, reader: Reader
    ) -> None:
        opened = host_now() - timedelta(minutes=20)
        await desk.opens("T-1", opened, severity="P1").report()
        until = opened + 2 * HOUR
        answer = await reader.read("/v1/forecast", until=until, role="customer_relations_manager")
        (item,) = answer["items"]
        at = datetime.fromisoformat(item.pop("at"))
        assert at == opened + HOUR
        assert item == {
            "ticket_id": "T-1",
            "kind": "escalation",
            "clock": "resolution",
            "cycle": 1,
            "tier": 2,
            "role": "customer_relations_manager",
            "policy": "portaone",
            "severity": "P1",
        }
        (told,) = answer["by_role"]
        assert (told["role"], told["kind"], told["marks"]) == (item["role"], "escalation", 1)
        assert datetime.fromisoformat(told["first_at"]) == at
        (slice_,) = [each for each in answer["by_time"] if each["marks"]]
        assert slice_["from"] < told["first_at"] <= slice_["to"]
        assert slice_["by_kind"] == {"warning": 0, "breach": 0, "escalation": 1, "notice": 0}
        assert (answer["tickets"], answer["next_cursor"]) == (1, None)

    async def test_it_looks_a_day_ahead_unless_told_otherwise(self, reader: Reader) -> None:
        answer = await reader.read("/v1/forecast")
        span = datetime.fromisoformat(answer["until"]) - datetime.fromisoformat(answer["as_of"])
        assert span == 24 * HOUR
        assert [each["marks"] for each in answer["by_time"]] == [0] * 24
        assert answer["by_time"][0]["from"] == answer["as_of"]
        assert answer["by_time"][-1]["to"] == answer["until"]
        assert (answer["items"], answer["by_role"], answer["tickets"]) == ([], [], 0)

    async def test_pages_go_on_until_the_instant_of_the_first(
        self, desk: Desk, reader: Reader
    ) -> None:
        await report_all(desk)
        first = await reader.read("/v1/forecast", limit=3)
        second = await reader.read("/v1/forecast", limit=3, cursor=first["next_cursor"])
        assert second["until"] == first["until"]
        assert second["items"][0]["at"] >= first["items"][-1]["at"]
        assert second["by_role"] is second["by_time"] is second["tickets"] is None

    async def test_a_resolved_ticket_has_nothing_ahead(self, desk: Desk, reader: Reader) -> None:
        opened = host_now() - timedelta(minutes=20)
        desk.opens("T-1", opened, severity="P1").happens("T-1", None, "ticket.resolved")
        await desk.report()
        assert (await reader.read("/v1/forecast"))["items"] == []

    async def test_a_bound_key_sees_the_future_of_its_policies(
        self, running: Running, desk: Desk
    ) -> None:
        await report_all(desk)
        bound = await key(running, "read", policies=["netop"])
        for asked in ({}, {"policy": "portaone"}):
            answer = await running.client.get("/v1/forecast", params=asked, headers=bound)
            seen = {item["policy"] for item in answer.json()["items"]}
            assert seen == (set() if asked else {"netop"})
            assert bool(answer.json()["by_role"]) is not bool(asked)


class TestRefused:
    @pytest.mark.parametrize(
        ("asked", "parameter"),
        [
            ({"until": "2020-01-01T00:00:00Z"}, "until"),
            ({"until": "tomorrow"}, "until"),
            ({"until": host_now() + timedelta(days=366)}, "until"),
            ({"limit": 501}, "limit"),
            ({"cursor": "bm90aGluZw"}, "cursor"),
            ({"role": "x" * 201}, "role"),
            ({"team": "support"}, "team"),
        ],
    )
    async def test_it_is_said_what_is_wrong(
        self, reader: Reader, asked: dict[str, object], parameter: str
    ) -> None:
        answer = await reader.get("/v1/forecast", **asked)
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == [parameter]

    async def test_a_cursor_is_of_one_forecast(self, desk: Desk, reader: Reader) -> None:
        await report_all(desk)
        first = await reader.read("/v1/forecast", limit=1)
        answer = await reader.get(
            "/v1/forecast", cursor=first["next_cursor"], until=host_now() + 3 * HOUR
        )
        assert answer.status_code == 422
