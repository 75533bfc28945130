"""``/v1/escalations``: who was told what, and who has taken it on."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.clock import host_now
from tests.api.story import Desk, Reader, clock_time, told
from tests.conftest import Running

TSM = "technical_support_manager"
CRM = "customer_relations_manager"


@pytest.fixture
def desk(running: Running) -> Desk:
    return Desk(running)


@pytest.fixture
def reader(running: Running) -> Reader:
    return Reader(running)


async def listed(reader: Reader, **parameters: object) -> list[tuple[str, str | None]]:
    """(ticket, role) of the escalations listed, in order."""
    pages = await reader.all_pages("/v1/escalations", **parameters)
    return [(item["ticket_id"], item["role"]) for page in pages for item in page]


async def two_tickets(desk: Desk) -> None:
    """A P2 and, recorded after it, a P1: whose tiers have all been told."""
    await desk.opens("T-2", "10:00", severity="P2").report()
    await desk.opens("T-1", "10:00", severity="P1").report()


ALL = [
    ("T-1", "cto"),
    ("T-1", CRM),
    ("T-1", None),
    ("T-1", TSM),
    ("T-2", "cto"),
    ("T-2", CRM),
    ("T-2", None),
    ("T-2", TSM),
]
"""What the two tickets come to, newest first."""


async def test_the_newest_come_first_on_pages_of_any_size(desk: Desk, reader: Reader) -> None:
    await two_tickets(desk)
    # At the hour a P1's breach and its second tier are due together; the breach comes first (25).
    for limit in (1, 3, 8, 500):
        assert await listed(reader, limit=limit) == ALL


async def test_each_filter_and_how_they_combine(desk: Desk, reader: Reader) -> None:
    await two_tickets(desk)
    newest = (await reader.read("/v1/escalations", limit=1))["items"][0]
    cases: list[tuple[dict[str, Any], list[tuple[str, str | None]]]] = [
        ({"role": "cto"}, [("T-1", "cto"), ("T-2", "cto")]),
        ({"role": ["cto", TSM], "ticket": "T-1"}, [("T-1", "cto"), ("T-1", TSM)]),
        ({"tier": 2}, [("T-1", CRM), ("T-2", CRM)]),
        ({"clock": "first_response"}, [("T-1", None), ("T-2", None)]),
        ({"policy": "portaone"}, ALL),
        ({"policy": "acme"}, []),
        ({"ticket": "T-2"}, ALL[4:]),
        ({"ticket": "T-404"}, []),
        ({"acknowledged": True}, []),
        ({"acknowledged": False}, ALL),
        ({"since": newest["raised_at"]}, ALL[:4]),
        ({"until": newest["raised_at"]}, ALL[4:]),
        ({"since": host_now() + timedelta(hours=1)}, []),
    ]
    for parameters, expected in cases:
        assert await listed(reader, **parameters) == expected, parameters


async def test_each_is_shown_as_its_ticket_shows_it(desk: Desk, reader: Reader) -> None:
    await two_tickets(desk)
    items = (await reader.read("/v1/escalations", ticket="T-2"))["items"]
    state = await reader.ticket("T-2")
    assert items[::-1] == state["escalations"]
    assert told(state)[0] == ("escalation", TSM, "11:00")


async def test_what_a_late_fact_moved_is_shown_where_it_stands(desk: Desk, reader: Reader) -> None:
    """The manager of a P2, told for 11:00; raised at 10:30 already, it was due at 10:00 (23)."""
    await two_tickets(desk)
    await desk.happens("T-2", "10:30", "ticket.severity_changed", severity="P1").report()
    items = (await reader.read("/v1/escalations", ticket="T-2"))["items"]
    manager = next(item for item in items if item["role"] == TSM)
    assert clock_time(manager["target_at"]) == "10:00"
    assert clock_time(manager["reached_at"]) == "10:30"
    shown = (await reader.ticket("T-2"))["escalations"]
    assert sorted(items, key=lambda item: str(item["id"])) == sorted(
        shown, key=lambda item: str(item["id"])
    )


class TestAcknowledging:
    async def acknowledge(self, running: Running, id_: str, by: str) -> dict[str, Any]:
        """Who takes it on is answered how it stands then."""
        answer = await running.client.post(f"/v1/escalations/{id_}/acknowledge", json={"by": by})
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def test_it_is_recorded_and_shown(
        self, running: Running, desk: Desk, reader: Reader
    ) -> None:
        await two_tickets(desk)
        unheard = (await reader.read("/v1/escalations", role="cto", ticket="T-1"))["items"][0]
        taken = await self.acknowledge(running, unheard["id"], "anna")

        assert taken["acknowledged_by"] == "anna"
        assert taken["acknowledged_at"] >= unheard["raised_at"]
        assert {**taken, "acknowledged_at": None, "acknowledged_by": None} == unheard
        assert await listed(reader, acknowledged=True) == [("T-1", "cto")]
        state = await reader.ticket("T-1")
        assert taken in state["escalations"]
        (events,) = await reader.all_pages("/v1/tickets/T-1/events")
        assert events[-1]["type"] == "escalation.acknowledged"
        assert events[-1]["source"] == "escalator-api"
        assert events[-1]["data"] == {"escalation_id": unheard["id"], "by": "anna"}

    async def test_the_first_stands_and_a_double_click_is_one(
        self, running: Running, desk: Desk, reader: Reader
    ) -> None:
        await two_tickets(desk)
        id_ = (await reader.read("/v1/escalations", limit=1))["items"][0]["id"]
        clicks = await asyncio.gather(*[self.acknowledge(running, id_, "anna") for _ in range(3)])
        assert clicks == [clicks[0]] * 3
        assert await self.acknowledge(running, id_, "ben") == clicks[0]
        (events,) = await reader.all_pages("/v1/tickets/T-1/events")
        said = [e["data"]["by"] for e in events if e["type"] == "escalation.acknowledged"]
        assert said == ["anna", "ben"]

    async def test_before_it_was_taken_on_it_was_not(
        self, running: Running, desk: Desk, reader: Reader
    ) -> None:
        await two_tickets(desk)
        id_ = (await reader.read("/v1/escalations", limit=1))["items"][0]["id"]
        before = host_now()
        taken = await self.acknowledge(running, id_, "anna")
        then = await reader.ticket("T-1", as_of=before)
        assert {each["acknowledged_by"] for each in then["escalations"]} == {None}
        since = await reader.ticket("T-1", as_of=taken["acknowledged_at"])
        assert {each["acknowledged_by"] for each in since["escalations"]} == {None, "anna"}

    async def test_nobody_takes_on_what_is_not_there(self, running: Running) -> None:
        for id_, status in (("nothing", 404), ("x" * 300, 422), ("%00", 422), ("a%20b", 404)):
            answer = await running.client.post(
                f"/v1/escalations/{id_}/acknowledge", json={"by": "anna"}
            )
            assert answer.status_code == status, answer.text

    async def test_nobody_is_not_somebody(
        self, running: Running, desk: Desk, reader: Reader
    ) -> None:
        await two_tickets(desk)
        id_ = (await reader.read("/v1/escalations", limit=1))["items"][0]["id"]
        bodies: list[tuple[bytes, int]] = [
            (b"", 400),
            (b"{", 400),
            (b"\xff", 400),
            (b"[]", 422),
            (b"{}", 422),
            (b'{"by": null}', 422),
            (b'{"by": ""}', 422),
            (b'{"by": 7}', 422),
            (b'{"by": "a\\u0000"}', 422),
            (b'{"by": "' + b"a" * 300 + b'"}', 422),
            (b'{"by": "anna", "to": "ben"}', 422),
            (b'{"by": "' + b"a" * 70_000 + b'"}', 413),
        ]
        for body, status in bodies:
            answer = await running.client.post(
                f"/v1/escalations/{id_}/acknowledge",
                content=body,
                headers={"Content-Type": "application/json"},
            )
            assert answer.status_code == status, body[:40]
        answer = await running.client.post(
            f"/v1/escalations/{id_}/acknowledge", content=b'{"by": "anna"}'
        )
        assert answer.status_code == 415
        assert await listed(reader, acknowledged=True) == []


async def test_what_makes_no_sense_is_refused(reader: Reader) -> None:
    wrong: list[dict[str, Any]] = [
        {"limit": 0},
        {"cursor": "WzEsIjEiXQ"},
        {"cursor": "WzEsLTFd"},
        {"cursor": "Wzk5OTk5OTk5OTk5OTk5OTk5OTksMV0"},
        {"tier": "top"},
        {"tier": 40000},
        {"acknowledged": "by anna"},
        {"since": "monday"},
        {"role": "a\0b"},
        {"ticket": "x" * 201},
        {"rolle": "cto"},
    ]
    for parameters in wrong:
        answer = await reader.get("/v1/escalations", **parameters)
        assert answer.status_code == 422, parameters
        assert answer.json()["errors"][0]["pointer"] == next(iter(parameters))
