"""Receivers that are at fault: what each attempt comes to, and that nothing is lost over it."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import web

from app.store.database import Database
from tests.webhooks.receiver import Behaviour, answers, answers_late, hangs, receiving, resets
from tests.webhooks.telling import Desk, telling

SECONDS = 0.3

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with telling(database, seconds=SECONDS) as desk:
        yield desk


def endless(status: int, pause: float = 0.0) -> Behaviour:
    """A body that does not end: as fast as it is read, or drop by drop."""

    async def behaviour(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=status)
        await response.prepare(request)
        with suppress(ConnectionError):
            while True:
                await response.write(b"x" * (1 if pause else 65536))
                await asyncio.sleep(pause)
        return response

    return behaviour


def half(status: int) -> Behaviour:
    """Says how long the answer is, and breaks off before."""

    async def behaviour(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=status, headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"half")
        await asyncio.sleep(0.05)
        assert request.transport is not None
        request.transport.abort()
        return response

    return behaviour


CASES: list[tuple[str, Behaviour, str, int | None]] = [
    ("slow", answers_late(SECONDS / 3), "delivered", 204),
    ("too slow", answers_late(SECONDS * 3), "pending", None),
    ("hangs", hangs, "pending", None),
    ("resets", resets, "pending", None),
    ("half an answer, 200", half(200), "delivered", 200),
    ("half an answer, 500", half(500), "pending", 500),
    ("a body without end, 200", endless(200), "delivered", 200),
    ("a body without end, 500", endless(500), "pending", 500),
    ("a body drop by drop, 200", endless(200, 0.02), "delivered", 200),
    ("a body drop by drop, 503", endless(503, 0.02), "pending", 503),
    ("500", answers(500), "pending", 500),
    ("429", answers(429), "pending", 429),
    ("a redirect", answers(307, Location="http://127.0.0.1:1/"), "failed", 307),
]


@pytest.mark.parametrize(
    ("behaviour", "status", "answered"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
async def test_what_an_attempt_comes_to_and_the_next_one(
    desk: Desk, behaviour: Behaviour, status: str, answered: int | None
) -> None:
    async with receiving(behaviour=behaviour) as receiver:
        await desk.subscribe(receiver)
        await desk.open("T-1")
        assert await desk.deliverer.deliver_due() == 1
        assert await desk.statuses() == [status]
        [attempt] = await desk.attempts()
        assert attempt["status"] == answered
        assert attempt["took_seconds"] < SECONDS + 0.5
        assert len(attempt["answer"].encode()) <= 2048
        receiver.behaviour = answers(204)
        await desk.make_due()
        await desk.deliverer.deliver_due()
        assert await desk.statuses() == ["failed" if status == "failed" else "delivered"]
    assert len(set(receiver.ids)) == 1


async def test_tls_that_cannot_be_trusted_is_retried_and_nothing_is_sent(
    desk: Desk, tmp_path: Path
) -> None:
    if not (openssl := shutil.which("openssl")):
        pytest.skip("no openssl to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=localhost"]
    make = [openssl, "req", "-x509", *new_key, *files]
    subprocess.run(make, check=True, capture_output=True)  # noqa: ASYNC221, S603 - a test's own key
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    requests: list[bytes] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, ssl.SSLError):
            if request := await reader.read(1):
                requests.append(request)
        writer.close()

    async with (
        receiving() as receiver,
        await asyncio.start_server(note, "localhost", 0, ssl=tls) as s,
    ):
        await desk.subscribe(receiver)
        url = f"https://localhost:{s.sockets[0].getsockname()[1]}/hooks/s3cret"
        await desk.fetch("UPDATE subscriptions SET url = $1", url)
        await desk.open("T-1")
        await desk.deliverer.deliver_due()
        [attempt] = await desk.attempts()
        assert attempt["status"] is None
        assert attempt["error"].startswith("SSLCertVerificationError: self")
        assert "s3cret" not in attempt["error"]
        assert await desk.statuses() == ["pending"]
        assert requests == []
        await desk.fetch("UPDATE subscriptions SET url = $1", receiver.url)
        await desk.make_due()
        await desk.deliverer.deliver_due()
    assert await desk.statuses() == ["delivered"]
