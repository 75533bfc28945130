"""Bad input gets a 4xx that says what and where; nothing is recorded, and good events are kept."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from app.clock import host_now
from tests.conftest import Running

JSON = {"Content-Type": "application/json"}


def opening(**changes: object) -> dict[str, object]:
    """A good opening, but for the changes."""
    return {
        "id": "1",
        "source": "desk",
        "type": "ticket.opened",
        "subject": "T-1",
        "data": {"policy": "portaone", "severity": "P1"},
        **changes,
    }


async def post(running: Running, body: bytes, **headers: str) -> httpx.Response:
    """The body as it is."""
    return await running.client.post("/v1/events", content=body, headers={**JSON, **headers})


async def nothing_recorded(running: Running) -> bool:
    """Whether the log is empty."""
    async with running.service.database.connection() as connection:
        return bool(await connection.fetchval("SELECT NOT EXISTS (SELECT FROM events)"))


def is_problem(answer: httpx.Response, status: int) -> dict[str, object]:
    """Whether it is a problem of RFC 9457; answers its members."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, object] = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["instance"] == "/v1/events"
    return problem


NOT_JSON = {
    "empty": b"",
    "cut off": b'{"id": "1"',
    "not UTF-8": b'{"id": "\xff"}',
    "UTF-16": '{"id": "1"}'.encode("utf-16"),
    "deeply nested": b"[" * 100_000 + b"]" * 100_000,
    "deeply nested data": b'{"data":' * 5_000 + b"1" + b"}" * 5_000,
    "not a number": b'{"id": NaN}',
    "a lone surrogate": b'{"id": "\\ud800"}',
    "beyond numbers": b'{"id": 1e999}',
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
async def test_what_is_not_json_is_400(running: Running, body: bytes) -> None:
    is_problem(await post(running, body), 400)
    assert await nothing_recorded(running)


WRONG = {
    "a number": (1, ""),
    "null": (None, ""),
    "a text": ("ticket.opened", ""),
    "no type": (opening(type=None), "/type"),
    "an unknown type": (opening(type="ticket.exploded"), "/type"),
    "one of our own types": (opening(type="sla.breached"), "/type"),
    "our own source": (opening(source="escalator"), "/source"),
    "a withdrawal of nothing": (opening(type="event.withdrawn", data={"id": "2"}), "/data/source"),
    "a rebinding to no version": (
        opening(type="policy.rebound", data={"policy": "portaone"}),
        "/data/version",
    ),
    "a rebinding of an unknown ticket": (
        opening(type="policy.rebound", data={"policy": "portaone", "version": "1"}),
        "/subject",
    ),
    "no subject": (opening(subject=None), "/subject"),
    "an empty subject": (opening(subject=""), "/subject"),
    "a long subject": (opening(subject="T" * 201), "/subject"),
    "a subject with NUL": (opening(subject="T\0"), "/subject"),
    "a subject with a line end": (opening(subject="T\n1"), "/subject"),
    "a number for an id": (opening(id=1), "/id"),
    "another specversion": (opening(specversion="0.3"), "/specversion"),
    "data that is a list": (opening(data=[]), "/data"),
    "an unknown policy": (opening(data={"policy": "none", "severity": "P1"}), "/data/policy"),
    "no policy": (opening(data={"severity": "P1"}), "/data/policy"),
    "an unknown severity": (
        opening(data={"policy": "portaone", "severity": "P9"}),
        "/data/severity",
    ),
    "no severity": (opening(data={"policy": "portaone"}), "/data/severity"),
    "an unknown plan": (
        opening(data={"policy": "portaone", "severity": "P1", "plan": "gold"}),
        "/data/plan",
    ),
    "an unknown channel": (
        opening(data={"policy": "portaone", "severity": "P1", "channel": "pigeon"}),
        "/data/channel",
    ),
    "NUL in a title": (
        opening(data={"policy": "portaone", "severity": "P1", "title": "a\0b"}),
        "/data/title",
    ),
    "NUL in a name": (
        opening(data={"policy": "portaone", "severity": "P1", "attributes": {"a\0": 1}}),
        "/data/attributes",
    ),
    "no instant": (opening(time="yesterday"), "/time"),
    "an instant without an offset": (opening(time="2026-11-21T10:00:00"), "/time"),
    "the 61st second": (opening(time="2026-11-21T10:00:60Z"), "/time"),
    "a day too many": (opening(time="2026-02-30T10:00:00Z"), "/time"),
    "before the year 1": (opening(time="0001-01-01T00:00:00+14:00"), "/time"),
    "before 2000": (opening(time="1999-12-31T23:59:59Z"), "/time"),
    "far ahead": (opening(time="9999-12-31T23:59:59Z"), "/time"),
    "an acknowledgement of an unknown ticket": (
        opening(type="escalation.acknowledged", data={"escalation_id": "7"}),
        "/data/escalation_id",
    ),
}


@pytest.mark.parametrize(("event", "pointer"), WRONG.values(), ids=WRONG)
async def test_what_is_wrong_is_422_and_says_where(
    running: Running, event: object, pointer: str
) -> None:
    problem = is_problem(await post(running, json.dumps(event).encode()), 422)
    errors = problem["errors"]
    assert isinstance(errors, list)
    assert pointer in [error["pointer"] for error in errors]
    assert all(error["detail"] for error in errors)
    assert await nothing_recorded(running)


async def test_a_time_a_little_ahead_is_taken_and_a_time_further_ahead_is_not(
    running: Running,
) -> None:
    """Five minutes by the database's clock (2)."""
    near, far = ((host_now() + timedelta(minutes=minutes)).isoformat() for minutes in (4, 6))
    assert (await running.client.post("/v1/events", json=opening(time=near))).status_code == 201
    answer = await running.client.post("/v1/events", json=opening(subject="T-2", time=far))
    assert "5 minutes" in str(is_problem(answer, 422)["detail"])


async def test_a_second_opening_is_refused(running: Running) -> None:
    await running.client.post("/v1/events", json=opening())
    problem = is_problem(await running.client.post("/v1/events", json=opening(id="2")), 422)
    assert "open already" in str(problem["detail"])


async def test_the_same_identity_with_other_content_is_409(running: Running) -> None:
    await running.client.post("/v1/events", json=opening())
    other = opening(data={"policy": "portaone", "severity": "P2"})
    problem = is_problem(await running.client.post("/v1/events", json=other), 409)
    assert "with other content" in str(problem["detail"])


async def test_every_member_that_is_wrong_is_named(running: Running) -> None:
    event = opening(id=None, time="soon", data={"severity": [], "title": 7})
    problem = is_problem(await running.client.post("/v1/events", json=event), 422)
    errors = problem["errors"]
    assert isinstance(errors, list)
    pointers = {error["pointer"] for error in errors}
    assert {"/id", "/time", "/data/severity", "/data/title"} <= pointers


@pytest.mark.parametrize("value", ["", "1", "yes", "True"])
async def test_backfill_is_true_or_false(running: Running, value: str) -> None:
    answer = await running.client.post(f"/v1/events?backfill={value}", json=[opening()])
    assert "true or false" in str(is_problem(answer, 422)["detail"])
    assert await nothing_recorded(running)


async def test_another_media_type_is_415(running: Running) -> None:
    answer = await post(running, b"<event/>", **{"Content-Type": "text/xml"})
    is_problem(answer, 415)


async def test_one_event_is_at_most_64_kib(running: Running) -> None:
    data = {"policy": "portaone", "severity": "P1", "note": "x" * 65_536}
    is_problem(await running.client.post("/v1/events", json=opening(data=data)), 413)
    answer = await running.client.post("/v1/events", json=[opening(data=data), opening()])
    assert answer.status_code == 207
    assert [result["outcome"] for result in answer.json()["results"]] == ["refused", "recorded"]
    assert answer.json()["results"][0]["error"]["status"] == 413


async def test_a_body_is_at_most_16_mib_and_cut_off_there(running: Running) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b" " * 1024 * 1024
        raise AssertionError("the service read on")

    try:
        answer = await running.client.post("/v1/events", content=endless(), headers=JSON)
    except httpx.TransportError:
        return  # the service hung up while we were still sending
    assert answer.status_code == 413


async def test_a_batch_holds_at_most_10_000_events(running: Running) -> None:
    is_problem(await running.client.post("/v1/events", json=[{}] * 10_001), 413)


async def test_an_empty_batch_is_nothing_done(running: Running) -> None:
    answer = await running.client.post("/v1/events", json=[])
    assert answer.status_code == 200
    assert answer.json() == {
        "results": [],
        "recorded": 0,
        "held": 0,
        "duplicates": 0,
        "refused": 0,
    }


async def test_a_batch_keeps_its_good_events(running: Running) -> None:
    """Each has its own outcome, in the order they came in."""
    reply = opening(id="2", type="ticket.agent_replied", data={})
    answer = await running.client.post(
        "/v1/events", json=[opening(), opening(type="nonsense"), 7, reply, opening()]
    )
    assert answer.status_code == 207
    body = answer.json()
    assert [result["outcome"] for result in body["results"]] == [
        "recorded",
        "refused",
        "refused",
        "recorded",
        "duplicate",
    ]
    counts = {name: body[name] for name in ("recorded", "held", "duplicates", "refused")}
    assert counts == {"recorded": 2, "held": 0, "duplicates": 1, "refused": 2}
    assert body["results"][1]["error"]["errors"][0]["pointer"] == "/type"
    assert body["results"][1]["ticket_id"] == "T-1"


async def test_unknown_members_are_kept_and_handed_on(running: Running) -> None:
    data = {"policy": "portaone", "severity": 80, "site": {"rack": [1, 2.5, None, True, "ü"]}}
    answer = await running.client.post("/v1/events", json=opening(data=data))
    assert answer.status_code == 201
    (event, *_) = (await running.client.get("/v1/tickets/T-1/events")).json()["items"]
    assert event["data"] == data
    assert (await running.client.get("/v1/tickets/T-1")).json()["severity"] == "P1"
