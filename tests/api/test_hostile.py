"""Hostile input is answered 4xx and leaves no trace; odd input is never the service's fault."""

import gzip
import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import httpx

from tests.api import hostile
from tests.conftest import Running

JSON = "application/json"
BATCH = "application/cloudevents-batch+json"

EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1",
    "source": "desk",
    "type": "ticket.opened",
    "subject": "T-1",
    "data": {"policy": "portaone", "severity": "P1"},
}
TEXT = json.dumps(EVENT)


def with_data(members: str) -> bytes:
    """The event, more in its data."""
    return TEXT.replace('"severity"', f'{members}, "severity"').encode()


MALFORMED = {
    "nothing": b"",
    "white space": b" \r\n\t",
    "UTF-16": TEXT.encode("utf-16"),
    "UTF-16 without a mark": TEXT.encode("utf-16-le"),
    "UTF-32": TEXT.encode("utf-32"),
    "a byte order mark": b"\xef\xbb\xbf" + TEXT.encode(),
    "UTF-7": TEXT.encode("utf-7").replace(b"{", b"+AHs-"),
    "latin-1": with_data('"title": "Grün"').decode().encode("latin-1"),
    "overlong UTF-8": with_data('"title": "?"').replace(b"?", b"\xc0\x80"),
    "a surrogate in UTF-8": with_data('"title": "?"').replace(b"?", b"\xed\xa0\x80"),
    "gzip": gzip.compress(TEXT.encode()),
    "a lone surrogate": with_data('"title": "\\ud800"'),
    "the other half of a surrogate": with_data('"title": "\\udc00\\ud800"'),
    "a lone surrogate in a name": with_data('"\\udfff": 1'),
    "a raw control character": with_data('"title": "a\nb"'),
    "a raw NUL": with_data('"title": "a\0b"'),
    "NaN": with_data('"n": NaN'),
    "Infinity": with_data('"n": -Infinity'),
    "beyond numbers": with_data('"n": 1e400'),
    "more digits than are read": with_data('"n": 1' + "0" * 5000),
    "a leading zero": with_data('"n": 012'),
    "a hexadecimal number": with_data('"n": 0x10'),
    "a plus sign": with_data('"n": +1'),
    "a comma too many": TEXT.encode()[:-1] + b",}",
    "a comment": b"/* event */" + TEXT.encode(),
    "single quotes": b"{'id': '1'}",
    "no quotes": b"{id: 1}",
    "two documents": TEXT.encode() * 2,
    "NDJSON": TEXT.encode() + b"\n" + TEXT.encode(),
    "a member twice": TEXT.replace("{", '{"id": "2", ', 1).encode(),
    "a member twice in data": with_data('"policy": "portaone"'),
    "a member twice, in disguise": with_data('"\\u0070olicy": "netop"'),
    "a member twice, far apart": with_data('"policy" : "netop"'),
    "10,000 objects deep": with_data('"deep": ' + '{"a":' * 10_000 + "1" + "}" * 10_000),
    "10,000 arrays deep": with_data('"deep": ' + "[" * 10_000 + "]" * 10_000),
    "10,000 open brackets": b"[" * 10_000,
    "XML": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "YAML": b"id: 1\nsource: desk\n",
    "a form": b"id=1&type=ticket.opened",
    "MessagePack": b"\x82\xa2id\xa11\xa4type\xadticket.opened",
    "a pickle": b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00\x8c\x01a\x94.",
}


async def nothing_recorded(running: Running) -> bool:
    """Whether the log is empty."""
    async with running.service.database.connection() as connection:
        return bool(await connection.fetchval("SELECT NOT EXISTS (SELECT FROM events)"))


async def post(
    running: Running, body: bytes, media: str, path: str = "/v1/events"
) -> httpx.Response:
    """The body as it is."""
    return await running.client.post(path, content=body, headers={"Content-Type": media})


async def test_what_is_malformed_is_400_wherever_json_is_taken(running: Running) -> None:
    headers = {f"ce-{name}": value for name, value in EVENT.items() if name != "data"}
    for name, body in MALFORMED.items():
        for media in (JSON, BATCH, "application/cloudevents+json"):
            assert (await post(running, body, media)).status_code == 400, name
        if body.strip():
            assert (await post(running, b"[" + body + b"]", BATCH)).status_code == 400, name
            answer = await running.client.post("/v1/events", content=body, headers=headers)
            assert answer.status_code == 400, name
        for path in ("/v1/subscriptions", "/v1/keys", "/v1/policies/portaone/rebind"):
            expected = 400 if body else 422
            assert (await post(running, body, JSON, path)).status_code == expected, (name, path)
        answer = await post(running, body, JSON, "/v1/escalations/x/acknowledge")
        assert answer.status_code == 400, name
    assert await nothing_recorded(running)


async def test_ten_thousand_impossible_events_are_refused_one_by_one(running: Running) -> None:
    """In batches, plain and as CloudEvents: each has its own 4xx, and nothing is recorded."""
    events = hostile.impossible(10_000, seed=1)
    for number, batch in enumerate(_cut(events, 1000)):
        body = json.dumps(batch).encode()
        answer = await post(running, body, BATCH if number % 2 else JSON)
        assert answer.status_code == 207, answer.text[:500]
        results = answer.json()["results"]
        taken = [
            event
            for event, result in zip(batch, results, strict=True)
            if result["outcome"] != "refused"
        ]
        assert taken == []
        assert {result["error"]["status"] for result in results} <= {404, 413, 422}
        assert all(result["error"]["detail"] for result in results)
        assert not [each for each in results if "cannot be judged" in each["error"]["detail"]]
    assert await nothing_recorded(running)


async def test_impossible_events_alone_are_4xx(running: Running) -> None:
    for number, event in enumerate(hostile.impossible(200, seed=2)):
        media = JSON if number % 2 else "application/cloudevents+json"
        answer = await post(running, json.dumps(event).encode(), media)
        assert 400 <= answer.status_code < 500, (event, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
    assert await nothing_recorded(running)


async def test_odd_events_are_taken_or_refused_and_what_is_taken_can_be_read(
    running: Running,
) -> None:
    """None is answered 5xx, none makes its ticket impossible to judge, and all can be folded again.

    The last of it is looked at once the service has stopped, as after every test.
    """
    recorded = 0
    for batch in _cut(hostile.odd(2000, seed=3), 200):
        answer = await post(running, json.dumps(batch).encode(), JSON)
        assert answer.status_code in (200, 207), answer.text[:500]
        counts = answer.json()
        recorded += counts["recorded"] + counts["held"]
        refused = [each["error"] for each in counts["results"] if each["error"] is not None]
        assert not [each for each in refused if "cannot be judged" in each["detail"]]
    assert recorded > 100
    for path in ("/v1/tickets", "/v1/escalations", "/v1/held"):
        assert (await running.client.get(f"{path}?limit=500")).status_code == 200
    for number in range(hostile.TICKETS):
        for part in ("", "/events?limit=500", "/timeline"):
            answer = await running.client.get(f"/v1/tickets/T-{number}{part}")
            assert answer.status_code == 200, answer.text[:500]


def _cut(events: Iterator[hostile.Event], size: int) -> Iterator[list[hostile.Event]]:
    while batch := list(islice(events, size)):
        yield batch


async def test_the_longest_names_there_may_be_are_taken(running: Running) -> None:
    """Four bytes a character: keys of the log's indexes are as large as they get."""
    longest = "\U0001f9e8\U0001f409" * 100
    event = {**EVENT, "id": longest, "source": longest[::-1], "subject": longest}
    event["data"] = {**event["data"], "kind": longest, "title": longest * 10, "customer": longest}
    assert (await post(running, json.dumps(event).encode(), JSON)).status_code == 201
    noise = "".join(chr(0x10000 + (number * 7919) % 50_000) for number in range(200))
    noise = "".join(each for each in noise if each.isprintable()).ljust(200, "x")
    event.update(id=noise, source=noise[::-1], subject=noise)
    assert (await post(running, json.dumps(event).encode(), JSON)).status_code == 201
    item, *_ = (await running.client.get("/v1/tickets?sort=-opened")).json()["items"]
    assert item["ticket_id"] in (noise, longest)


async def test_numbers_are_kept_as_they_are(running: Running) -> None:
    """Or refused: none becomes another without a word."""
    numbers = {
        "large": 2**64 + 1,
        "larger": 10**400,
        "least": -(2**63) - 1,
        "tiny": 5e-324,
        "float": 0.1,
        "zero": -0.0,
    }
    event = {**EVENT, "data": {**EVENT["data"], "numbers": numbers}}
    assert (await post(running, json.dumps(event).encode(), JSON)).status_code == 201
    assert (await post(running, json.dumps(event).encode(), JSON)).status_code == 200
    (fact, *_) = (await running.client.get("/v1/tickets/T-1/events")).json()["items"]
    assert fact["data"]["numbers"] == numbers
    most = with_data('"n": ' + "9" * 4300).replace(b"T-1", b"T-2")
    assert (await post(running, most, JSON)).status_code in (201, 400)
    assert (await running.client.get("/v1/tickets/T-2/events")).status_code in (200, 404)


async def test_a_key_of_65_000_characters_is_one(running: Running) -> None:
    body = with_data(f'"{"k" * 65_000}": 1')
    assert (await post(running, body, JSON)).status_code == 201
    answer = await post(running, with_data(f'"{"k" * 65_600}": 1'), JSON)
    assert answer.status_code == 413
