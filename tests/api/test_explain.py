"""``/v1/tickets/{id}/explain``: why a deadline is when it is (33, 34)."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from app.clock import host_now
from tests.api.keyed import key
from tests.api.story import Desk, Reader, at, clock, clock_time
from tests.conftest import Running

HOUR = timedelta(hours=1)
PATH = "/v1/tickets/T-1/explain"


@pytest.fixture
def desk(running: Running) -> Desk:
    return Desk(running)


@pytest.fixture
def reader(running: Running) -> Reader:
    return Reader(running)


def segments(explained: dict[str, Any]) -> list[tuple[str | None, str | None, str, str, bool]]:
    """(from, to, kind, reason, elapsed) of each segment."""
    return [
        (
            clock_time(each["start"]),
            clock_time(each["end"]),
            each["kind"],
            each["reason"],
            each["elapsed"],
        )
        for each in explained["segments"]
    ]


async def explained(reader: Reader, clock_id: str, **parameters: object) -> dict[str, Any]:
    """The explanation of one clock of T-1."""
    answer = await reader.read(PATH, clock=clock_id, **parameters)
    (found,) = answer["clocks"]
    return clock({"clocks": [found]}, clock_id)


class TestWhatItSays:
    async def test_the_time_behind_a_deadline_and_the_marks_on_the_way(
        self, desk: Desk, reader: Reader
    ) -> None:
        await desk.opens("T-1", "10:00", severity="P2").report()
        answer = await reader.read(PATH, clock="first_response", as_of=at("10:30"))
        version = answer["policy"]["version"]
        opening = {
            "type": "ticket.opened",
            "source": "desk",
            "id": "1",
            "time": "2024-06-03T10:00:00Z",
        }
        half = {"kind": "counted", "reason": "open", "fact": None, "until_fact": None}
        assert answer == {
            "ticket_id": "T-1",
            "version": 1,
            "policy": {"id": "portaone", "version": version},
            "as_of": "2024-06-03T10:30:00Z",
            "clocks": [
                {
                    "clock": "first_response",
                    "cycle": 1,
                    "state": "running",
                    "commitment": "guarantee",
                    "goal": "2h",
                    "goal_seconds": 7200.0,
                    "rule": "2h after the start",
                    "calendar": {"name": "always", "zone": None},
                    "severity": "P2",
                    "plan": None,
                    "started_at": "2024-06-03T10:00:00Z",
                    "started_by": opening,
                    "due_at": "2024-06-03T12:00:00Z",
                    "met_at": None,
                    "ended_at": None,
                    "breached": False,
                    "breached_at": None,
                    "elapsed_seconds": 1800.0,
                    "remaining_seconds": 5400.0,
                    "paused_seconds": 0.0,
                    "segments": [
                        {
                            **half,
                            "start": "2024-06-03T10:00:00Z",
                            "end": "2024-06-03T10:30:00Z",
                            "seconds": 1800.0,
                            "counted_seconds": 1800.0,
                            "elapsed": True,
                        },
                        {
                            **half,
                            "start": "2024-06-03T10:30:00Z",
                            "end": "2024-06-03T12:00:00Z",
                            "seconds": 5400.0,
                            "counted_seconds": 5400.0,
                            "elapsed": False,
                        },
                    ],
                    "totals": {
                        "counted_seconds": 7200.0,
                        "paused_seconds": 0.0,
                        "closed_seconds": 0.0,
                        "holiday_seconds": 0.0,
                        "span_seconds": 7200.0,
                    },
                    "marks": [
                        {
                            "kind": "breach",
                            "tier": None,
                            "role": None,
                            "target_at": "2024-06-03T12:00:00Z",
                            "reached_at": None,
                            "state": "to_come",
                            "rule": "2h after the start",
                        }
                    ],
                }
            ],
        }

    async def test_all_clocks_without_a_name_in_the_order_of_the_policy(
        self, desk: Desk, reader: Reader
    ) -> None:
        await desk.opens("T-1", "10:00", severity="P2").report()
        answer = await reader.read(PATH, as_of=at("10:30"))
        assert [each["clock"] for each in answer["clocks"]] == [
            "first_response",
            "update",
            "resolution",
        ]
        update = clock(answer, "update")
        assert (update["state"], update["segments"], update["marks"]) == ("pending", [], [])

    async def test_a_ladder_says_what_was_told_and_what_will_be(
        self, desk: Desk, reader: Reader
    ) -> None:
        await desk.opens("T-1", "10:00", severity="P2").report()
        found = await explained(reader, "resolution", as_of=at("12:00"))
        assert [
            (each["role"], clock_time(each["target_at"]), each["state"], each["rule"])
            for each in found["marks"]
        ] == [
            ("technical_support_manager", "11:00", "reached", "1h after the start"),
            ("customer_relations_manager", "14:00", "to_come", "4h after the start"),
            ("cto", "18:00", "to_come", "8h after the start"),
        ]

    async def test_waiting_on_the_customer_names_both_facts_and_the_calendar_its_zone(
        self, desk: Desk, reader: Reader
    ) -> None:
        """Copenhagen opens at nine, which is seven o'clock in UTC."""
        desk.opens("T-1", "10:00", policy="netop", severity="critical")
        desk.happens("T-1", "11:00", "ticket.waiting_on_customer")
        desk.happens("T-1", "13:00", "ticket.customer_replied")
        await desk.report()
        found = await explained(reader, "resolution_first_level", as_of=at("+1d 08:00"))
        assert found["calendar"] == {"name": "business", "zone": "Europe/Copenhagen"}
        assert segments(found)[:6] == [
            ("10:00", "11:00", "counted", "open 09:00-17:00", True),
            ("11:00", "13:00", "paused", "waiting_on_customer", True),
            ("13:00", "15:00", "counted", "open 09:00-17:00", True),
            ("15:00", "07:00", "closed", "closed", True),
            ("07:00", "08:00", "counted", "open 09:00-17:00", True),
            ("08:00", "15:00", "counted", "open 09:00-17:00", False),
        ]
        pause = found["segments"][1]
        assert (pause["fact"]["type"], pause["fact"]["id"]) == ("ticket.waiting_on_customer", "2")
        assert (pause["until_fact"]["type"], pause["until_fact"]["id"]) == (
            "ticket.customer_replied",
            "3",
        )
        assert found["totals"]["paused_seconds"] == found["paused_seconds"] == 7200

    async def test_of_a_paused_clock_it_is_said_what_is_to_come_and_not_when(
        self, desk: Desk, reader: Reader
    ) -> None:
        desk.opens("T-1", "10:00", policy="netop", severity="critical")
        desk.happens("T-1", "11:00", "ticket.waiting_on_customer")
        await desk.report()
        found = await explained(reader, "resolution_first_level", as_of=at("12:00"))
        assert found["due_at"] is None
        assert found["segments"][-1]["until_fact"] is None
        assert {(each["kind"], each["target_at"]) for each in found["marks"]} == {
            ("breach", None),
            ("escalation", None),
        }

    async def test_an_escalation_that_moves_the_ticket_is_what_started_the_next_clock(
        self, desk: Desk, reader: Reader
    ) -> None:
        await desk.opens("T-1", "10:00", policy="netop", severity="critical").report()
        state = await reader.ticket("T-1", as_of=at("+8d 10:00"))
        moved = next(each for each in state["escalations"] if each["effect"])
        found = await explained(reader, "resolution_second_level", as_of=at("+8d 10:00"))
        assert found["started_by"] == {
            "type": "sla.escalated",
            "source": "escalator",
            "id": moved["id"],
            "time": found["started_at"],
        }

    async def test_years_of_nights_stay_within_bounds(self, desk: Desk, reader: Reader) -> None:
        opened = host_now() - timedelta(days=20 * 365)
        await desk.opens("T-1", opened, policy="xecuritas", severity="3").report()
        found = await explained(reader, "resolution")
        assert (found["state"], found["breached"]) == ("running", True)
        assert len(found["segments"]) <= 2000
        merged = [each for each in found["segments"] if "merged" in each]
        assert merged
        assert all(each["start"] >= found["due_at"] for each in merged)
        counted = sum(each["counted_seconds"] for each in found["segments"])
        assert counted == pytest.approx(found["elapsed_seconds"], abs=1e-3)


class TestLateAndWithdrawn:
    async def test_a_pause_that_was_reported_late_is_one(self, desk: Desk, reader: Reader) -> None:
        desk.opens("T-1", "10:00", policy="netop", severity="critical")
        desk.happens("T-1", "13:00", "ticket.customer_replied")
        await desk.report()
        before = host_now()
        await desk.happens("T-1", "11:00", "ticket.waiting_on_customer").report()
        found = await explained(reader, "resolution_first_level", as_of=at("14:00"))
        assert segments(found)[1] == ("11:00", "13:00", "paused", "waiting_on_customer", True)
        assert found["segments"][1]["fact"]["id"] == "3"
        believed = await explained(
            reader, "resolution_first_level", as_of=at("14:00"), known_at=before
        )
        assert [each["kind"] for each in believed["segments"][:1]] == ["counted"]
        assert believed["paused_seconds"] == 0

    async def test_a_pause_that_was_withdrawn_is_none(self, desk: Desk, reader: Reader) -> None:
        desk.opens("T-1", "10:00", policy="netop", severity="critical")
        desk.happens("T-1", "11:00", "ticket.waiting_on_customer")
        await desk.report()
        before = host_now()
        await desk.happens("T-1", None, "event.withdrawn", source="desk", id="2").report()
        found = await explained(reader, "resolution_first_level", as_of=at("12:00"))
        assert {each["kind"] for each in found["segments"]} == {"counted", "closed"}
        believed = await explained(
            reader, "resolution_first_level", as_of=at("12:00"), known_at=before
        )
        assert believed["segments"][-1]["kind"] == "paused"


class TestWhatIsAsked:
    async def test_an_unknown_clock_is_refused_with_those_there_are(
        self, desk: Desk, reader: Reader
    ) -> None:
        await desk.opens("T-1", "10:00", severity="P2").report()
        answer = await reader.get(PATH, clock="lunch")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "clock"
        assert "first_response" in answer.json()["detail"]

    async def test_there_is_none_of_no_ticket_nor_before_the_opening(
        self, desk: Desk, reader: Reader
    ) -> None:
        await desk.opens("T-1", "10:00", severity="P2").report()
        assert (await reader.get(PATH, as_of=at("9:59"))).status_code == 404
        assert (await reader.get(PATH, known_at=at("10:30"))).status_code == 404
        assert (await reader.get("/v1/tickets/T-2/explain")).status_code == 404
        far = await reader.get(PATH, as_of=host_now() + timedelta(days=400))
        assert far.status_code == 422

    async def test_an_id_with_slashes_is_explained_too(self, desk: Desk, reader: Reader) -> None:
        await desk.opens("a/b/c", "10:00", severity="P2").report()
        answer = await reader.read(f"/v1/tickets/{quote('a/b/c', safe='')}/explain")
        assert answer["ticket_id"] == "a/b/c"

    async def test_a_key_of_another_policy_finds_nothing(
        self, running: Running, desk: Desk, reader: Reader
    ) -> None:
        await desk.opens("T-1", "10:00", severity="P2").report()
        stranger = await key(running, "read", policies=["netop"])
        for parameters in ({}, {"clock": "lunch"}):
            answer = await running.client.get(PATH, params=parameters, headers=stranger)
            assert answer.status_code == 404

    async def test_what_is_known_already_is_not_sent_again(
        self, running: Running, desk: Desk, reader: Reader
    ) -> None:
        await desk.opens("T-1", host_now(), severity="P2").report()
        first = await reader.get(PATH)
        etag = first.headers["ETag"]
        assert etag.startswith('W/"')
        again = await running.client.get(PATH, headers={"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")
        await desk.happens("T-1", None, "ticket.agent_replied").report()
        changed = await running.client.get(PATH, headers={"If-None-Match": etag})
        assert changed.status_code == 200
        one = await reader.get(PATH, clock="resolution")
        assert one.headers["ETag"] != changed.headers["ETag"]
