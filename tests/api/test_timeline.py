"""``/v1/tickets/{id}/timeline`` and ``/events``: how a ticket came to stand where it does."""

from datetime import timedelta
from typing import Any

import pytest

from app.clock import host_now
from tests.api.story import Desk, Reader, at, clock_time
from tests.conftest import Running

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(running: Running) -> Desk:
    return Desk(running)


@pytest.fixture
def reader(running: Running) -> Reader:
    return Reader(running)


Seen = tuple[str | None, str, str | None, str | None, str]


async def seen(reader: Reader, **parameters: object) -> list[Seen]:
    """(clock time, kind, clock, role, state) of every mark of T-1."""
    answer = await reader.read("/v1/tickets/T-1/timeline", **parameters)
    assert answer["next_cursor"] is None
    return [
        (clock_time(item["at"]), item["kind"], item["clock"], item["role"], item["state"])
        for item in answer["items"]
    ]


class TestTimeline:
    async def test_marks_passed_and_marks_to_come(self, desk: Desk, reader: Reader) -> None:
        await desk.opens("T-1", "10:00", severity="P2").report()
        assert await seen(reader, as_of=at("12:30")) == [
            ("11:00", "escalation", "resolution", "technical_support_manager", "reached"),
            ("12:00", "breach", "first_response", None, "reached"),
            ("14:00", "escalation", "resolution", "customer_relations_manager", "to_come"),
            ("18:00", "escalation", "resolution", "cto", "to_come"),
        ]
        assert {state for *_, state in await seen(reader)} == {"reached"}

    async def test_it_says_which_cycle_and_tier(self, desk: Desk, reader: Reader) -> None:
        await desk.opens("T-1", "10:00", severity="P2").report()
        answer = await reader.read("/v1/tickets/T-1/timeline", as_of=at("10:00"))
        assert answer["items"][0] == {
            "at": "2024-06-03T11:00:00Z",
            "kind": "escalation",
            "clock": "resolution",
            "cycle": 1,
            "tier": 1,
            "role": "technical_support_manager",
            "state": "to_come",
        }

    async def test_a_meeting_is_on_it_until_the_work_goes_on(
        self, desk: Desk, reader: Reader
    ) -> None:
        """Reopening retracts the meeting; the ladder goes on where it was (17)."""
        desk.opens("T-1", "10:00", severity="P2")
        desk.happens("T-1", "10:30", "ticket.resolved")
        desk.happens("T-1", "12:30", "ticket.reopened")
        await desk.report()
        met = ("10:30", "met", "resolution", None)
        assert (*met, "reached") in await seen(reader, as_of=at("12:29"))
        later = await seen(reader, as_of=at("12:30"))
        assert (*met, "retracted") in later
        manager = ("13:00", "escalation", "resolution", "technical_support_manager", "to_come")
        assert manager in later

    async def test_of_a_repeating_clock_only_this_cycle_is_to_come(
        self, desk: Desk, reader: Reader
    ) -> None:
        desk.opens("T-1", "10:00", severity="P1").happens("T-1", "10:10", "ticket.agent_replied")
        await desk.report()
        updates = [each for each in await seen(reader, as_of=at("12:30")) if each[2] == "update"]
        assert updates == [
            ("11:10", "breach", "update", None, "reached"),
            ("12:10", "breach", "update", None, "reached"),
            ("13:10", "breach", "update", None, "to_come"),
        ]

    async def test_what_a_late_fact_showed_to_be_wrong_is_retracted(
        self, desk: Desk, reader: Reader
    ) -> None:
        opened = host_now() - 3 * HOUR
        await desk.opens("T-1", opened, severity="P2").report()
        then = host_now()
        await desk.happens("T-1", opened + HOUR / 2, "ticket.agent_replied").report()
        responses = {
            (kind, state)
            for _, kind, clock, _, state in await seen(reader)
            if clock == "first_response"
        }
        assert responses == {("breach", "retracted"), ("met", "reached")}
        believed = await seen(reader, known_at=then)
        assert ("breach", "first_response", "reached") in {
            (kind, clock, state) for _, kind, clock, _, state in believed
        }

    async def test_there_is_none_before_the_opening(self, desk: Desk, reader: Reader) -> None:
        await desk.opens("T-1", "10:00", severity="P2").report()
        path = "/v1/tickets/T-1/timeline"
        assert (await reader.get(path, as_of=at("9:59"))).status_code == 404
        assert (await reader.get("/v1/tickets/T-2/timeline")).status_code == 404
        far = await reader.get(path, as_of=host_now() + timedelta(days=400))
        assert far.status_code == 422


class TestEvents:
    async def test_each_is_a_cloud_event_with_its_place(self, desk: Desk, reader: Reader) -> None:
        desk.opens("T-1", "10:00", severity="P1", title="Calls fail", ours={"x": [1, None]})
        desk.happens("T-1", None, "ticket.resolved")
        await desk.report()
        (items,) = await reader.all_pages("/v1/tickets/T-1/events")

        opening, resolving = items[0], next(e for e in items if e["type"] == "ticket.resolved")
        assert opening == {
            "specversion": "1.0",
            "id": "1",
            "source": "desk",
            "type": "ticket.opened",
            "subject": "T-1",
            "time": "2024-06-03T10:00:00Z",
            "data": {
                "policy": "portaone",
                "severity": "P1",
                "title": "Calls fail",
                "ours": {"x": [1, None]},
            },
            "position": opening["position"],
            "version": 1,
            "recorded_at": opening["recorded_at"],
        }
        assert resolving["time"] == resolving["recorded_at"], "it happened when it was recorded"
        assert [item["version"] for item in items] == list(range(1, len(items) + 1))
        assert sorted(item["position"] for item in items) == [item["position"] for item in items]

    async def test_an_sla_event_says_what_comes_next(self, desk: Desk, reader: Reader) -> None:
        await desk.opens("T-1", "10:00", severity="P2").report()
        (items,) = await reader.all_pages("/v1/tickets/T-1/events")
        told = items[1]
        assert (told["type"], told["source"], told["time"]) == (
            "sla.escalated",
            "escalator",
            "2024-06-03T11:00:00Z",
        )
        assert told["data"]["role"] == "technical_support_manager"
        assert told["data"]["raised_at"] == told["recorded_at"]
        assert told["data"]["next_mark"] == {
            "clock": "first_response",
            "kind": "breach",
            "tier": None,
            "role": None,
            "at": "2024-06-03T12:00:00Z",
        }
        assert "acknowledged_at" not in told["data"], "the log does not say what came later"

    async def test_pages_miss_nothing_that_comes_meanwhile(
        self, desk: Desk, reader: Reader
    ) -> None:
        await desk.opens("T-1", "10:00", severity="P2").report()
        first = await reader.read("/v1/tickets/T-1/events", limit=2)
        await desk.happens("T-1", None, "ticket.work_started").report()
        rest = await reader.all_pages(
            "/v1/tickets/T-1/events", limit=2, cursor=first["next_cursor"]
        )
        versions = [item["version"] for page in [first["items"], *rest] for item in page]
        assert versions == list(range(1, len(versions) + 1))
        assert rest[-1][-1]["type"] == "ticket.work_started"

    async def test_there_is_no_stream_of_no_ticket(self, reader: Reader) -> None:
        assert (await reader.get("/v1/tickets/T-2/events")).status_code == 404

    async def test_absurd_pages_are_refused(self, desk: Desk, reader: Reader) -> None:
        await desk.opens("T-1", "10:00", severity="P2").report()
        wrong: list[dict[str, Any]] = [
            {"limit": 0},
            {"limit": 501},
            {"limit": "9" * 5000},
            {"limit": "many"},
            {"limit": ""},
            {"cursor": "WzFd!"},
            {"cursor": "W10"},
            {"cursor": "WzEsMl0"},
            {"cursor": "Wy0xXQ"},
            {"cursor": "WzFlOTld"},
            {"cursor": "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OV0"},
            {"cursor": "\0"},
            {"cursor": "ä"},
            {"cursor": ""},
            {"offset": 3},
        ]
        for parameters in wrong:
            answer = await reader.get("/v1/tickets/T-1/events", **parameters)
            assert answer.status_code == 422, parameters
            assert answer.json()["errors"][0]["pointer"] == next(iter(parameters))
