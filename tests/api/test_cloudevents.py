"""``POST /v1/events`` speaks CloudEvents over HTTP: structured, batched, binary and plain."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from tests.api.story import Reader
from tests.conftest import Running

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
PLAIN = "application/json"

OPENING: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1",
    "source": "desk",
    "type": "ticket.opened",
    "subject": "T-1",
    "data": {"policy": "portaone", "severity": "P1"},
}
BINARY = {f"ce-{name}": value for name, value in OPENING.items() if name != "data"}


async def post(
    running: Running, body: object, media: str | None = None, **headers: str
) -> httpx.Response:
    """A body, JSON unless it is bytes; ``ce_id`` is the header ``ce-id``."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    kind = {} if media is None else {"Content-Type": media}
    return await running.client.post("/v1/events", content=content, headers={**kind, **named})


async def recorded(running: Running, ticket_id: str = "T-1") -> list[dict[str, Any]]:
    """The facts of a ticket as they are read again."""
    answer = await running.client.get(f"/v1/tickets/{ticket_id}/events")
    items: list[dict[str, Any]] = answer.json()["items"] if answer.is_success else []
    return [each for each in items if not each["type"].startswith("sla.")]


async def nothing_recorded(running: Running) -> bool:
    """Whether the log is empty."""
    async with running.service.database.connection() as connection:
        return bool(await connection.fetchval("SELECT NOT EXISTS (SELECT FROM events)"))


def pointers(answer: httpx.Response) -> list[str]:
    """What a problem names."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return [each["pointer"] for each in answer.json().get("errors", [])]


async def test_the_same_event_in_every_mode_is_one_event(running: Running) -> None:
    """Identity and content are what the modes have in common."""
    data = OPENING["data"]
    in_base64 = {
        **{name: value for name, value in OPENING.items() if name != "data"},
        "data_base64": base64.b64encode(json.dumps(data).encode()).decode(),
    }
    answers = [
        await post(running, OPENING, STRUCTURED),
        await post(running, OPENING, "Application/CLOUDEVENTS+json; charset=utf-8"),
        await post(running, in_base64, STRUCTURED),
        await post(running, data, PLAIN, **BINARY),
        await post(running, data, "application/vnd.desk+json", **BINARY),
        await post(running, data, None, **BINARY),
        await post(running, OPENING, PLAIN),
        await post(running, in_base64, PLAIN),
    ]
    assert [answer.status_code for answer in answers] == [201, *[200] * 7]
    assert {answer.json()["outcome"] for answer in answers[1:]} == {"duplicate"}
    batch = await post(running, [OPENING, in_base64], BATCH)
    assert (batch.status_code, batch.json()["duplicates"]) == (200, 2)
    (event,) = await recorded(running)
    assert event["data"] == data
    assert event["source"] == "desk"


async def test_in_structured_mode_the_body_wins_over_headers(running: Running) -> None:
    headers = {"ce_id": "9", "ce_source": "other", "ce_type": "nonsense", "ce_specversion": "0.3"}
    assert (await post(running, OPENING, STRUCTURED, **headers)).status_code == 201
    batch = await post(
        running, [{**OPENING, "id": "2", "type": "ticket.updated"}], BATCH, **headers
    )
    assert batch.json()["recorded"] == 1
    assert [each["id"] for each in await recorded(running)] == ["1", "2"]


async def test_a_batch_is_an_array_and_a_structured_event_is_none(running: Running) -> None:
    assert (await post(running, OPENING, BATCH)).status_code == 400
    assert (await post(running, "text", BATCH)).status_code == 400
    answer = await post(running, [OPENING], STRUCTURED)
    assert (answer.status_code, pointers(answer)) == (422, [""])
    assert (await post(running, [OPENING], PLAIN, **BINARY)).status_code == 422, "data is no array"
    assert await nothing_recorded(running)


async def test_a_batch_of_none_is_nothing_done(running: Running) -> None:
    for media in (BATCH, PLAIN):
        answer = await post(running, [], media)
        assert answer.status_code == 200
        assert answer.json()["results"] == []


async def test_one_too_large_in_a_batch_is_refused_alone(running: Running) -> None:
    large = {**OPENING, "subject": "T-2", "data": {**OPENING["data"], "note": "x" * 65_536}}
    packed = base64.b64encode(json.dumps(large["data"]).encode()).decode()
    answer = await post(
        running,
        [large, OPENING, {**OPENING, "subject": "T-3", "data": None, "data_base64": packed}],
        BATCH,
    )
    assert answer.status_code == 207
    results = answer.json()["results"]
    assert [each["outcome"] for each in results] == ["refused", "recorded", "refused"]
    assert [each["error"]["status"] for each in (results[0], results[2])] == [413, 413]
    assert results[0]["ticket_id"] == "T-2"
    for media in (STRUCTURED, PLAIN):
        assert (await post(running, large, media)).status_code == 413
    binary = await post(running, large["data"], PLAIN, **{**BINARY, "ce-subject": "T-2"})
    assert binary.status_code == 413


async def test_source_and_specversion_may_be_left_out_in_plain_json_only(running: Running) -> None:
    bare = {name: OPENING[name] for name in ("id", "type", "subject", "data")}
    for name in ("source", "specversion"):
        event = {each: value for each, value in OPENING.items() if each != name}
        answer = await post(running, event, STRUCTURED)
        assert (answer.status_code, pointers(answer)) == (422, [f"/{name}"])
        batch = await post(running, [event], BATCH)
        assert batch.json()["results"][0]["error"]["errors"][0]["pointer"] == f"/{name}"
    without_source = {name: value for name, value in BINARY.items() if name != "ce-source"}
    answer = await post(running, OPENING["data"], PLAIN, **without_source)
    assert (answer.status_code, pointers(answer)) == (422, ["/source"])
    assert await nothing_recorded(running)
    assert (await post(running, bare, PLAIN)).json()["source"] == "local"
    reply = {"id": "2", "type": "ticket.agent_replied", "subject": "T-1"}
    assert (await post(running, [reply], PLAIN)).json()["results"][0]["source"] == "local"


@pytest.mark.parametrize("name", ["id", "type", "subject"])
async def test_what_is_required_is_required_in_every_mode(running: Running, name: str) -> None:
    for missing in ({}, {name: None}):
        event = {**{each: value for each, value in OPENING.items() if each != name}, **missing}
        for media in (STRUCTURED, PLAIN):
            answer = await post(running, event, media)
            assert (answer.status_code, pointers(answer)) == (422, [f"/{name}"])
    headers = {each: value for each, value in BINARY.items() if each != f"ce-{name}"}
    answer = await post(running, OPENING["data"], PLAIN, **headers)
    assert (answer.status_code, pointers(answer)) == (422, [f"/{name}"])
    assert await nothing_recorded(running)


async def test_headers_are_percent_decoded_and_unquoted(running: Running) -> None:
    headers = {**BINARY, "ce-subject": "T%20%E2%82%AC%2F1", "ce-source": '"the \\"desk\\""'}
    assert (await post(running, OPENING["data"], PLAIN, **headers)).status_code == 201
    ticket = await Reader(running).ticket("T €/1")
    assert ticket["ticket_id"] == "T €/1"
    (event,) = await recorded(running, "T%20%E2%82%AC%2F1")
    assert event["source"] == 'the "desk"'


BAD_HEADERS: dict[str, tuple[Mapping[str, str], str]] = {
    "invalid UTF-8": ({"ce-subject": "%FF"}, "/subject"),
    "a surrogate": ({"ce-subject": "%ED%A0%80"}, "/subject"),
    "NUL": ({"ce-subject": "T%00"}, "/subject"),
    "NUL in an extension": ({"ce-traceparent": "%00"}, "/traceparent"),
    "a line end": ({"ce-id": "1%0a"}, "/id"),
    "no percent-encoding": ({"ce-subject": "100%"}, "/subject"),
    "empty": ({"ce-source": ""}, "/source"),
    "too long": ({"ce-id": "1" * 201}, "/id"),
    "ce-datacontenttype": ({"ce-datacontenttype": "application/json"}, "/datacontenttype"),
    "ce-data": ({"ce-data": "{}"}, "/data"),
    "ce-data_base64": ({"ce-data_base64": "e30="}, "/data_base64"),
    "another version": ({"ce-specversion": "0.3"}, "/specversion"),
    "our own source": ({"ce-source": "escalator"}, "/source"),
    "no instant": ({"ce-time": "now"}, "/time"),
}


async def test_bad_headers_are_422_and_named(running: Running) -> None:
    for name, (headers, pointer) in BAD_HEADERS.items():
        answer = await running.client.post(
            "/v1/events", json=OPENING["data"], headers={**BINARY, **headers}
        )
        assert (answer.status_code, pointers(answer)) == (422, [pointer]), name
    assert await nothing_recorded(running)


async def test_a_header_that_is_there_twice_is_refused(running: Running) -> None:
    twice = [*BINARY.items(), ("Content-Type", PLAIN), ("CE-Subject", "T-2")]
    answer = await running.client.post("/v1/events", content=b"{}", headers=twice)
    assert (answer.status_code, pointers(answer)) == (422, ["/subject"])
    types = [("Content-Type", PLAIN), ("Content-Type", STRUCTURED)]
    answer = await running.client.post("/v1/events", content=b"{}", headers=types)
    assert answer.status_code == 400
    assert await nothing_recorded(running)


@pytest.mark.parametrize("media", [STRUCTURED, PLAIN])
async def test_data_and_data_base64_exclude_each_other(running: Running, media: str) -> None:
    answer = await post(running, {**OPENING, "data_base64": "e30="}, media)
    assert (answer.status_code, pointers(answer)) == (422, ["/data_base64"])
    assert (await post(running, {**OPENING, "data_base64": None}, media)).status_code == 201


def nul_in(value: object) -> str:
    """JSON in base64."""
    return base64.b64encode(json.dumps(value).encode()).decode()


NULS = {
    "a title": {**OPENING, "data": {**OPENING["data"], "title": "\0"}},
    "an attribute's name": {**OPENING, "data": {**OPENING["data"], "attributes": {"\0": 1}}},
    "deep inside": {**OPENING, "data": {**OPENING["data"], "a": [[{"b": ["\0"]}]]}},
    "a member nobody knows": {**OPENING, "extension": "\0"},
    "a member's name": {**OPENING, "\0": 1},
    "base64": {**OPENING, "data": None, "data_base64": nul_in({"title": "a\0b"})},
    "a name in base64": {**OPENING, "data": None, "data_base64": nul_in({"\0": 1})},
}


async def test_nul_is_refused_wherever_it_is(running: Running) -> None:
    """PostgreSQL keeps none."""
    for name, event in NULS.items():
        for media in (STRUCTURED, PLAIN):
            assert (await post(running, event, media)).status_code == 422, name
        for media in (BATCH, PLAIN):
            answer = await post(running, [event], media)
            assert (answer.status_code, answer.json()["refused"]) == (207, 1), name
        if event["data"] not in (None, OPENING["data"]):
            answer = await post(running, event["data"], PLAIN, **BINARY)
            assert answer.status_code == 422, name
    assert await nothing_recorded(running)


async def test_another_content_type_is_415(running: Running) -> None:
    for media, binary in (
        ("text/xml", False),
        ("text/xml", True),
        ("application/cloudevents+xml", True),
        ("application/cloudevents", False),
        ("application/json; charset=utf-16", False),
        ("text/json", False),
        ("", False),
    ):
        answer = await post(running, OPENING, media, **(BINARY if binary else {}))
        assert answer.status_code == 415, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    assert await nothing_recorded(running)


async def test_a_compressed_body_is_415(running: Running) -> None:
    for coding in ("gzip", "br", "identity, gzip", "x-unknown"):
        answer = await post(running, OPENING, STRUCTURED, Content_Encoding=coding)
        assert answer.status_code == 415, coding
    assert await nothing_recorded(running)
    assert (
        await post(running, OPENING, STRUCTURED, Content_Encoding="Identity")
    ).status_code == 201


async def test_what_is_not_json_is_400_in_every_mode(running: Running) -> None:
    for body in (b"", b"{", b"\xef\xbb\xbf{}", b'{"id":"1","id":"1"}', b"\xff"):
        for media in (STRUCTURED, BATCH, PLAIN):
            assert (await post(running, body, media)).status_code == 400, body
        if body:
            assert (await post(running, body, PLAIN, **BINARY)).status_code == 400, body
    assert await nothing_recorded(running)


async def test_a_body_in_chunks_is_taken(running: Running) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for byte in json.dumps(OPENING).encode():
            yield bytes([byte])

    answer = await running.client.post(
        "/v1/events", content=chunks(), headers={"Content-Type": STRUCTURED}
    )
    assert answer.status_code == 201, answer.text


async def test_who_expects_to_be_asked_for_the_body_is_asked(running: Running) -> None:
    """``Expect: 100-continue``; not where the headers tell already that the body is not wanted."""
    body = json.dumps(OPENING).encode()
    host, port = running.url.removeprefix("http://").split(":")
    for media, expected in ((STRUCTURED, b"100 Continue"), ("text/xml", b"415 ")):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            f"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media}\r\n"
            f"Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        )
        assert expected in await reader.readline()
        if media == STRUCTURED:
            await reader.readline()
            writer.write(body)
            assert b"201 Created" in await reader.readline()
        writer.close()


async def test_the_handshake_of_web_hooks_is_answered(running: Running) -> None:
    """CloudEvents' abuse protection; anybody may ask."""

    async def ask(**headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await running.client.options("/v1/events", headers=named)
        assert answer.status_code == 204
        assert answer.headers["allow"] == "GET, POST, OPTIONS"
        return answer

    origin = "events.example.com"
    answer = await ask(WebHook_Request_Origin=origin)
    assert answer.headers["webhook-allowed-origin"] == origin
    assert answer.headers["webhook-allowed-rate"] == "*"
    for asked, allowed in {"120": "120", "0": "*", "many": "*", "-1": "*", "": "*"}.items():
        answer = await ask(WebHook_Request_Origin=origin, WebHook_Request_Rate=asked)
        assert answer.headers["webhook-allowed-rate"] == allowed
    assert "webhook-allowed-origin" not in (await ask()).headers
