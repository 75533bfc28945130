"""Connections: heads and bodies that are too large, too slow, or not what they say."""

import asyncio
import json

import pytest

from app.api import bodies, connection
from tests.api.raw import END, answered, connected, head, status
from tests.conftest import Running

EVENT = json.dumps(
    {
        "id": "1",
        "type": "ticket.opened",
        "subject": "T-1",
        "data": {"policy": "portaone", "severity": "P1"},
    }
).encode()
JSON = "Content-Type: application/json"
LENGTH = f"Content-Length: {len(EVENT)}"


async def nothing_recorded(running: Running) -> bool:
    """Whether the log is empty."""
    async with running.service.database.connection() as connection:
        return bool(await connection.fetchval("SELECT NOT EXISTS (SELECT FROM events)"))


async def test_a_whole_request_is_taken(running: Running) -> None:
    assert status(await answered(running, head(JSON, LENGTH), EVENT)) == 201


NOT_HTTP = {
    "nothing like it": b"\x16\x03\x01\x02\x00\x01\x00" + END,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an unknown method": head(method="FETCH"),
    "a path beyond ASCII": b"GET /v1/tickets/\xc3\xa9 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a proxy's method": b"CONNECT example.com:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "two lengths": head(JSON, LENGTH, "Content-Length: 1"),
    "a length and chunks": head(JSON, LENGTH, "Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "a negative length": head(JSON, "Content-Length: -1"),
    "a length beyond numbers": head(JSON, f"Content-Length: {10**30}"),
    "no chunk": head(JSON, "Transfer-Encoding: chunked") + b"ZZ\r\n{}\r\n0\r\n\r\n",
    "NUL in a header": head(JSON, LENGTH, "ce-id: a\0b"),
    "a header without a colon": head("nonsense"),
    "a line end alone": b"GET /healthz HTTP/1.1\nHost: localhost\n\n",
}


async def test_what_is_not_http_is_400(running: Running) -> None:
    for name, sent in NOT_HTTP.items():
        answer = await answered(running, sent)
        assert status(answer) == 400, name
        assert b"content-type: application/problem+json\r\n" in answer
        assert json.loads(answer.partition(END)[2])["status"] == 400
    assert await nothing_recorded(running)


LARGE = b"a" * 300_000
TOO_LARGE = {
    "one header": head(f"X: {LARGE.decode()}", method="GET", path="/healthz"),
    "a header that never ends": head(method="GET", path="/healthz").rstrip() + b"\r\nX: " + LARGE,
    "many headers": head(*["X: aaaaaaaa"] * 20_000, method="GET", path="/healthz"),
    "the path": head(method="GET", path=f"/healthz?{LARGE.decode()}"),
    "a path that never ends": b"GET /" + LARGE,
    "a method that never ends": LARGE,
    "empty lines": b"\r\n" * 150_000,
    "a chunk's extension": head(JSON, "Transfer-Encoding: chunked") + b"5;" + LARGE,
    "a trailer": head(JSON, "Transfer-Encoding: chunked") + b"1\r\n{\r\n0\r\nX: " + LARGE,
}


async def test_a_head_that_is_too_large_is_cut_off(running: Running) -> None:
    for name, sent in TOO_LARGE.items():
        pieces = [sent[at : at + 16_384] for at in range(0, len(sent), 16_384)]
        try:
            answer = await answered(running, *pieces)
        except ConnectionError:
            continue  # it hung up while we were still sending
        assert answer == b"" or status(answer) == 400, name
    assert await nothing_recorded(running)


async def test_a_head_just_small_enough_is_taken(running: Running) -> None:
    sent = head(f"X: {'a' * 60_000}", method="GET", path="/healthz")
    assert status(await answered(running, sent)) == 200


async def test_trailers_are_no_headers(running: Running) -> None:
    """They come after the request was looked at, and would change it."""
    chunk = f"{len(EVENT):x}".encode() + b"\r\n" + EVENT + b"\r\n"
    sent = head(JSON, "Transfer-Encoding: chunked", "Trailer: ce-specversion")
    answer = await answered(running, sent, chunk, b"0\r\nce-specversion: 0.3\r\n\r\n")
    assert status(answer) == 201


@pytest.mark.parametrize("protocol", ["h2c", "websocket", "TLS/1.2, h2c"])
async def test_an_offer_of_another_protocol_is_passed_over(running: Running, protocol: str) -> None:
    """Clients in Java offer HTTP/2 with every request; its body is not lost."""
    offer = ["Connection: Upgrade, HTTP2-Settings", f"Upgrade: {protocol}", "HTTP2-Settings: AAEA"]
    sent = head(JSON, LENGTH, *offer, close=False)
    for parts in ((sent, EVENT), (sent + EVENT,), (sent[:50], sent[50:] + EVENT[:9], EVENT[9:])):
        async with connected(running) as (reader, writer):
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0.01)
            assert status(await reader.readuntil(END)) in (200, 201)
            await reader.readuntil(b"}")
            writer.write(head(method="GET", path="/healthz"))
            assert status(await reader.read()) == 200, "the connection goes on"


async def test_more_than_was_claimed_is_another_request_and_none(running: Running) -> None:
    answer = await answered(running, head(JSON, "Content-Length: 5", close=False), EVENT)
    assert status(answer) == 400
    assert await nothing_recorded(running)


class TestSlow:
    """Those who take their time are not waited for."""

    @pytest.fixture(autouse=True)
    def _impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bodies, "SECONDS", 1.0)
        monkeypatch.setattr(connection, "HEAD_SECONDS", 1.0)

    async def test_a_body_that_does_not_arrive_is_408(self, running: Running) -> None:
        for claim in ("Content-Length: 5000", "Transfer-Encoding: chunked"):
            answer = await answered(running, head(JSON, claim, close=False))
            assert status(answer) == 408
            assert b"application/problem+json" in answer
        assert running.service.room.taken == 0

    async def test_a_body_that_breaks_off_is_not_recorded(self, running: Running) -> None:
        async with connected(running) as (_, writer):
            writer.write(head(JSON, "Content-Length: 5000") + EVENT)
            await writer.drain()
        await asyncio.sleep(0.1)
        assert await nothing_recorded(running)
        assert running.service.room.taken == 0

    @pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\nHost:", b"\r\n"])
    async def test_a_head_that_does_not_arrive_is_hung_up_on(
        self, running: Running, sent: bytes
    ) -> None:
        assert await answered(running, sent) == b""

    async def test_the_rest_of_a_request_that_is_answered_is_not_waited_for(
        self, running: Running
    ) -> None:
        sent = head("Content-Type: text/xml", "Content-Length: 5000", close=False)
        assert status(await answered(running, sent + b"<")) == 415

    async def test_a_connection_lives_on_between_requests(self, running: Running) -> None:
        async with connected(running) as (reader, writer):
            for _ in range(4):
                writer.write(head(method="GET", path="/healthz", close=False))
                assert status(await reader.readuntil(END)) == 200
                await reader.readuntil(b"}")
                await asyncio.sleep(0.4)

    async def test_two_hundred_of_them_hold_up_nobody(self, running: Running) -> None:
        """Each sends a byte now and then, some of their head, some of their body."""
        stop = asyncio.Event()

        async def dawdle(sent: bytes) -> None:
            async with connected(running) as (_, writer):
                for byte in sent:
                    writer.write(bytes([byte]))
                    await asyncio.sleep(0.3)
                    if stop.is_set() or writer.transport.is_closing():
                        return

        slow = head(JSON, LENGTH, close=False)
        dawdlers = [asyncio.create_task(dawdle(slow)) for _ in range(100)]
        dawdlers += [
            asyncio.create_task(_late(running, slow + EVENT[:1], stop)) for _ in range(100)
        ]
        await asyncio.sleep(0.3)
        async with asyncio.timeout(5):
            for number in range(20):
                event = {**json.loads(EVENT), "subject": f"T-{number}"}
                answer = await running.client.post("/v1/events", json=event)
                assert answer.status_code == 201
        stop.set()
        await asyncio.gather(*dawdlers, return_exceptions=True)
        async with running.service.database.connection() as held:
            assert await held.fetchval("SELECT count(DISTINCT ticket_id) FROM events") == 20


async def _late(running: Running, sent: bytes, stop: asyncio.Event) -> None:
    async with connected(running) as (_, writer):
        writer.write(sent)
        await stop.wait()
