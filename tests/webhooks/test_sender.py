"""`HttpSender` against real servers on loopback, well-behaved and not, over real sockets."""

import asyncio
import logging
import shutil
import socket
import ssl
import struct
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import uvloop
from aiohttp.abc import AbstractResolver, ResolveResult

from app.webhooks.guard import AddressGuard
from app.webhooks.sender import Answer, HttpSender

HEADERS = {"Content-Type": "application/json", "webhook-id": "evt-1"}
BODY = b'{"title": "Za\xc5\xbc\xc3\xb3\xc5\x82\xc4\x87"}'
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"
SECRET_PATH = "/services/T0/s3cret?sig=%2Fa%2Bb"

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Receiver:
    """A server on loopback: it counts connections, keeps requests, and then does as told."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.port = 0
        self.connections: list[str] = []  # the address that each was made to
        self.requests: list[tuple[str, bytes]] = []
        self.tasks: set[asyncio.Task[None]] = set()

    def url(self, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{SECRET_PATH}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self.tasks.add(task)
        self.connections.append(writer.get_extra_info("sockname")[0])
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
                self.requests.append((head, await reader.readexactly(length)))
                await self.behaviour(reader, writer)
        writer.close()


@asynccontextmanager
async def receiving(
    behaviour: Behaviour, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    receiver = Receiver(behaviour)
    server = await asyncio.start_server(receiver.serve, host, 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in receiver.tasks:
            task.cancel()
        await asyncio.gather(*receiver.tasks, return_exceptions=True)
        await server.wait_closed()


def says(*pieces: bytes, pause: float = 0.0, then_close: bool = False) -> Behaviour:
    async def behaviour(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        if then_close:
            writer.close()

    return behaviour


def says_status(status: str, *fields: str) -> Behaviour:
    return says("\r\n".join([f"HTTP/1.1 {status}", *fields, "Content-Length: 0", "", ""]).encode())


async def hangs(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def drips(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nx: ")
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.02)


async def resets(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    no_linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
    writer.close()


class Resolver(AbstractResolver):
    """Names mean what a test says; none at all: the name is not known."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        del family
        if not self.addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            ResolveResult(hostname=host, host=one, port=port, family=2, proto=6, flags=0)
            for one in self.addresses
        ]

    async def close(self) -> None:
        pass


@asynccontextmanager
async def sending(
    allowed: Sequence[str] = ("127.0.0.0/8",),
    total: float = 5.0,
    connect: float = 5.0,
    connections: int = 10,
    tls: ssl.SSLContext | None = None,
    resolver: Resolver | None = None,
) -> AsyncIterator[HttpSender]:
    sender = HttpSender(
        AddressGuard([ip_network(network) for network in allowed]),
        total_seconds=total,
        connect_seconds=connect,
        connections=connections,
        tls=tls,
        resolver=resolver,
    )
    try:
        yield sender
    finally:
        await sender.aclose()


async def answer_to(behaviour: Behaviour, total: float = 5.0) -> Answer:
    async with receiving(behaviour) as receiver, sending(total=total) as sender:
        return await sender.send(receiver.url(), HEADERS, BODY)


async def test_it_posts_the_very_bytes_and_says_what_came_back() -> None:
    async with receiving(says(OK)) as receiver, sending() as sender:
        answer = await sender.send(receiver.url(), HEADERS, BODY)
    assert (answer.status, answer.body_start, answer.error) == (200, b"ok", None)
    assert 0 < answer.took_seconds < 5
    [(head, body)] = receiver.requests
    assert body == BODY
    path, _, query = head.split(" ")[1].partition("?")
    assert (path, parse_qs(query)) == ("/services/T0/s3cret", {"sig": ["/a+b"]})
    lines = [line.split(": ", 1) for line in head.split("\r\n")[1:-2]]
    fields = {name.lower(): value for name, value in lines}
    assert len(fields) == len(lines)  # each of them once
    assert fields["user-agent"] == f"escalator/{version('escalator')}"
    assert fields["content-type"] == "application/json"
    assert fields["webhook-id"] == "evt-1"
    assert "cookie" not in fields


async def test_connections_are_kept_and_cookies_are_not() -> None:
    cookie = says_status("204 No Content", "Set-Cookie: a=b; Path=/")
    async with receiving(cookie) as receiver, sending() as sender:
        for _ in range(3):
            assert (await sender.send(receiver.url("localhost"), HEADERS, BODY)).status == 204
    assert len(receiver.connections) == 1
    assert "cookie" not in "".join(head.lower() for head, _ in receiver.requests)


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await answer_to(says(OK))).status == 200


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 T", "308 P"])
async def test_redirects_are_answers_and_are_not_followed(status: str) -> None:
    async with receiving(says(OK)) as elsewhere, sending() as sender:
        for target in (elsewhere.url(), "http://h:abc/", "//", "\x80", "file:///etc/passwd"):
            async with receiving(says_status(status, f"Location: {target}")) as receiver:
                answer = await sender.send(receiver.url(), HEADERS, BODY)
                assert (answer.status, answer.error) == (int(status[:3]), None)
    assert elsewhere.connections == []


async def test_what_delivery_needs_to_know_is_in_the_answer() -> None:
    gone = await answer_to(says_status("410 Gone"))
    assert (gone.status, gone.error, gone.retry_after) == (410, None, None)
    slow_down = await answer_to(says_status("429 Too Many Requests", "Retry-After: 30"))
    assert (slow_down.status, slow_down.retry_after) == (429, "30")


async def test_only_2_kib_of_an_answer_are_read() -> None:
    long = b"HTTP/1.1 400 Bad\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000
    answer = await answer_to(says(long))
    assert (answer.status, answer.body_start, answer.error) == (400, b"x" * 2048, None)


async def test_an_endless_answer_is_dropped_not_drained() -> None:
    hung_up = asyncio.Event()

    async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(ENDLESS)
        try:
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        except ConnectionError:
            hung_up.set()
            raise

    async with receiving(endless) as receiver, sending() as sender:
        answer = await sender.send(receiver.url(), HEADERS, BODY)
        assert (answer.status, answer.body_start, answer.error) == (200, b"x" * 2048, None)
        await asyncio.wait_for(hung_up.wait(), 5)


@pytest.mark.parametrize(
    ("error", "behaviour"),
    [
        ("TimeoutError: no complete answer in time", hangs),
        ("TimeoutError: no complete answer in time", drips),
        ("TimeoutError: no complete answer in time", says(b"HTTP/1.1 100 C\r\n\r\n", pause=9)),
        ("ServerDisconnectedError: closed before an answer", says(then_close=True)),
        ("ClientOSError: Connection reset by peer", resets),
        ("ClientResponseError: the answer is not HTTP", says(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")),
        ("ClientResponseError: the answer is not HTTP", says(OK[:-6] + b"x" * 99999 + b": 1\r\n")),
    ],
)
async def test_no_answer_is_an_error_without_the_url(error: str, behaviour: Behaviour) -> None:
    answer = await answer_to(behaviour, total=0.3)
    assert (answer.status, answer.error) == (None, error)
    assert answer.took_seconds < 1


@pytest.mark.parametrize(
    ("error", "behaviour"),
    [
        ("TimeoutError: no complete answer in time", says(ENDLESS + b"half", pause=9)),
        ("ClientPayloadError: the answer broke off", says(ENDLESS + b"half", then_close=True)),
    ],
)
async def test_an_answer_that_breaks_off_keeps_its_status(error: str, behaviour: Behaviour) -> None:
    answer = await answer_to(behaviour, total=0.3)
    assert (answer.status, answer.body_start, answer.error) == (200, b"half", error)


async def test_a_receiver_that_is_not_there() -> None:
    async with receiving(hangs) as receiver:
        gone = receiver.url()
    async with sending() as sender:
        answer = await sender.send(gone, HEADERS, BODY)
        assert answer.error == "ConnectionRefusedError: Connection refused"
    async with sending(resolver=Resolver()) as sender:
        answer = await sender.send("http://s3cret.example/", HEADERS, BODY)
        assert answer.error == "gaierror: Name or service not known"
        answer = await sender.send("http://u:s3cret@example.com/", HEADERS, BODY)
        assert answer.error == "UrlRefused: no user or password may stand in the URL"


async def test_connecting_has_a_limit_of_its_own_and_tls_counts() -> None:
    async with receiving(hangs) as receiver, sending(connect=0.1) as sender:
        answer = await sender.send(receiver.url(scheme="https"), HEADERS, BODY)
    assert answer.error == "ConnectionTimeoutError: no connection in time"


async def test_closing_ends_what_is_under_way() -> None:
    asked = asyncio.Event()

    async def hangs_and_tells(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await hangs(reader, writer)

    async with receiving(hangs_and_tells) as receiver, sending() as sender:
        under_way = asyncio.create_task(sender.send(receiver.url(), HEADERS, BODY))
        await asked.wait()
        await sender.aclose()
        answer = await asyncio.wait_for(under_way, 1)
    assert (answer.status, answer.error) == (
        None,
        "ServerDisconnectedError: closed before an answer",
    )


async def test_timeouts_leave_no_hole_in_the_pool() -> None:
    all_there = asyncio.Barrier(4)

    async def together(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await all_there.wait()
        writer.write(OK)

    async with (
        receiving(hangs) as hanging,
        receiving(together) as well,
        sending(total=0.3, connections=4) as sender,
    ):
        for _ in range(4):
            lost = [sender.send(hanging.url(), HEADERS, BODY) for _ in range(12)]
            assert {answer.status for answer in await asyncio.gather(*lost)} == {None}
        found = [sender.send(well.url(), HEADERS, BODY) for _ in range(4)]
        assert [answer.status for answer in await asyncio.gather(*found)] == [200] * 4


async def test_a_cancelled_send_is_cancelled_and_gives_its_place_back() -> None:
    async with receiving(hangs) as receiver, sending(connections=1) as sender:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(sender.send(receiver.url(), HEADERS, BODY), 0.05)
        receiver.behaviour = says(OK)
        assert (await sender.send(receiver.url(), HEADERS, BODY)).status == 200


async def test_mistakes_of_the_caller_are_raised() -> None:
    async with receiving(says(OK)) as receiver, sending() as sender:
        with pytest.raises(ValueError, match="header"):
            await sender.send(receiver.url(), {"x": "a\r\nb: c"}, BODY)
        assert receiver.requests == []
        assert (await sender.send(receiver.url(), HEADERS, BODY)).status == 200
        await sender.aclose()
        with pytest.raises(RuntimeError, match="closed"):
            await sender.send(receiver.url(), HEADERS, BODY)


async def test_the_url_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for behaviour in (says(OK), says_status("302 Found", "Location: /"), resets, hangs):
        await answer_to(behaviour, total=0.1)
    assert "s3cret" not in caplog.text


async def test_https_to_a_port_that_speaks_something_else() -> None:
    async def mail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    async with await asyncio.start_server(mail, "127.0.0.1", 0) as server, sending() as sender:
        port = server.sockets[0].getsockname()[1]
        answer = await sender.send(f"https://127.0.0.1:{port}/s3cret", HEADERS, BODY)
    assert (answer.error or "").startswith("SSLError: ")


async def test_tls_is_checked(tmp_path: Path) -> None:
    if not (openssl := shutil.which("openssl")):
        pytest.skip("no openssl to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-keyout", str(key), "-out", str(certificate), "-days", "2"]
    make = [openssl, "req", "-x509", *new_key, *names, *files]
    subprocess.run(make, check=True, capture_output=True)  # noqa: ASYNC221, S603 - a test's own key
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.load_cert_chain(certificate, key)
    trusting = ssl.create_default_context(cafile=certificate)
    async with receiving(says(OK), tls=served) as receiver:
        async with sending() as sender:
            answer = await sender.send(receiver.url("localhost", "https"), HEADERS, BODY)
            assert (answer.error or "").startswith("SSLCertVerificationError: self")
        async with sending(tls=trusting) as sender:
            answer = await sender.send(receiver.url("localhost", "https"), HEADERS, BODY)
            assert answer.status == 200
            answer = await sender.send(receiver.url("127.0.0.1", "https"), HEADERS, BODY)
            assert (answer.error or "").endswith(" mismatch")  # and not for whom it is


INWARD = ["127.0.0.1", "localhost", "LOCALHOST", "0", "[::1]", "[::ffff:127.0.0.1]", "[::7f00:1]"]
INWARD += ["0x7f.1", "0x7f000001", "2130706433", "127.1", "0177.0.0.1", "127。0。0。1", "[::]"]


@pytest.mark.parametrize("host", INWARD)
async def test_the_way_inside_is_refused_however_it_is_written(host: str) -> None:
    async with receiving(says(OK)) as receiver, sending(allowed=()) as sender:
        answer = await sender.send(receiver.url(host), HEADERS, BODY)
    assert answer.status is None
    assert answer.error
    assert answer.error.startswith(("address refused: ", "InvalidUrlClientError: ", "UrlRefused: "))
    assert receiver.connections == []


async def test_a_refused_address_among_several_is_not_dialled() -> None:
    resolver = Resolver("127.0.0.2", "10.0.0.1", "127.0.0.1", "::1")
    async with receiving(says(OK), host="0.0.0.0") as receiver:  # noqa: S104 - 127.0.0.2 as well
        async with sending(["127.0.0.1/32"], resolver=resolver) as sender:
            answer = await sender.send(receiver.url("example.com"), HEADERS, BODY)
            assert answer.status == 200
        async with sending([], resolver=resolver) as sender:
            answer = await sender.send(receiver.url("example.com"), HEADERS, BODY)
            assert (answer.error or "").startswith("address refused: ")
    assert receiver.connections == ["127.0.0.1"]


async def test_a_name_that_changes_its_address_after_the_check_is_refused() -> None:
    resolver = Resolver("127.0.0.1")
    async with receiving(says(OK)) as receiver:
        async with sending(["127.0.0.1/32"], resolver=resolver) as sender:
            assert (await sender.send(receiver.url("a.example"), HEADERS, BODY)).status == 200
            resolver.addresses = ("127.0.0.2",)
            answer = await sender.send(receiver.url("b.example"), HEADERS, BODY)
            assert answer.error == "address refused: loopback"
        assert receiver.connections == ["127.0.0.1"]


async def test_a_name_that_is_rebound_between_two_attempts_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.webhooks.sender.DNS_CACHE_SECONDS", 0)
    resolver = Resolver("127.0.0.1")
    closing = says(OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"))
    async with (
        receiving(closing, host="0.0.0.0") as receiver,  # noqa: S104 - 127.0.0.2 as well
        sending(["127.0.0.1/32"], resolver=resolver) as sender,
    ):
        url = receiver.url("rebound.example")
        assert (await sender.send(url, HEADERS, BODY)).status == 200
        resolver.addresses = ("127.0.0.2",)
        assert (await sender.send(url, HEADERS, BODY)).error == "address refused: loopback"
        resolver.addresses = ("10.0.0.1", "127.0.0.2")
        answer = await sender.send(url, HEADERS, BODY)
        assert (answer.error or "").startswith("address refused: ")
    assert receiver.connections == ["127.0.0.1"]


def test_the_guard_holds_under_uvloop_too() -> None:
    async def both() -> tuple[Answer, Answer]:
        async with receiving(says(OK)) as receiver, sending() as open_, sending([]) as closed:
            url = receiver.url("localhost")
            return await open_.send(url, HEADERS, BODY), await closed.send(url, HEADERS, BODY)

    reached, refused = uvloop.run(both())
    assert reached.status == 200
    assert refused.error == "address refused: loopback"
