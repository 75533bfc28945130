"""One attempt over HTTP: POST these bytes there, and say what came back.

`HttpSender` is httpx over aiohttp's connection pool. It speaks to the transport without
`httpx.AsyncClient` around it: the client logs every URL (they are secrets: Slack's, Discord's),
keeps cookies, reads proxies from the environment, and raises over a malformed ``Location`` even
when it follows none; without it there is nothing of that to switch off, at 1.7 times the speed.
"""

import asyncio
import os
import socket
import ssl
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from typing import Protocol, cast

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver
from aiohttp.connector import AddrInfoType
from httpx_aiohttp import AiohttpTransport

from app.webhooks.guard import AddressGuard, AddressRefused, UrlRefused, check_url

BODY_START_BYTES = 2048
TOTAL_SECONDS = 10.0
CONNECT_SECONDS = 5.0
CONNECTIONS = 256
# Shorter than the 5 s after which uvicorn and Node.js close an idle connection: a POST sent into
# one that is just being closed fails, and is not repeated by the pool.
KEEPALIVE_SECONDS = 4.0
DNS_CACHE_SECONDS = 10

_DEFAULT_HEADERS = {
    "user-agent": f"escalator/{version('escalator')}",
    "accept": "*/*",
    "accept-encoding": "identity",  # what is shown of an answer is what was received
}
_checked = lru_cache(maxsize=1024)(check_url)  # a subscriber's URL is sent to again and again

# What sending meets when the receiver or the network is at fault.
_TRANSPORT_FAULTS = (httpx.HTTPError, aiohttp.ClientError, OSError)
_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (aiohttp.ConnectionTimeoutError, "no connection in time"),
    (TimeoutError, "no complete answer in time"),
    (aiohttp.ServerDisconnectedError, "closed before an answer"),
    (aiohttp.ClientPayloadError, "the answer broke off"),
    (aiohttp.ClientResponseError, "the answer is not HTTP"),
    (aiohttp.InvalidURL, "not an address that can be dialled"),
    (OSError, "no address could be reached"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `status` None: nothing did. Both `status` and `error`: it broke off.

    `body_start` holds at most 2 KiB. `error` is a class and a short reason, never the URL.
    """

    status: int | None
    body_start: bytes
    took_seconds: float
    error: str | None = None
    retry_after: str | None = None


class Sender(Protocol):
    """What delivery needs of an HTTP client."""

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """POST once. Whatever receiver or network do ends in an `Answer`, never an exception."""
        ...

    async def aclose(self) -> None:
        """Close what is open; attempts under way end with an error."""
        ...


@dataclass(slots=True)
class _Heard:
    """What has arrived of an answer so far: it outlives a fault or the deadline."""

    status: int | None = None
    retry_after: str | None = None
    body: bytearray = field(default_factory=bytearray)


class HttpSender:
    """A `Sender` for one event loop, whose sockets reach only what `guard` lets them.

    Seconds bound the whole attempt, and within it the name lookup, connecting and TLS; waiting
    for a free place among `connections` counts as connecting, so no more than that many sends
    should be under way. Redirects are not followed. TLS trusts the system's store
    (``SSL_CERT_FILE``) unless `tls` is given. `resolver` replaces the system's for tests.
    """

    def __init__(
        self,
        guard: AddressGuard,
        *,
        total_seconds: float = TOTAL_SECONDS,
        connect_seconds: float = CONNECT_SECONDS,
        connections: int = CONNECTIONS,
        tls: ssl.SSLContext | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._guard = guard
        self._total_seconds = total_seconds
        self._connections = connections
        self._tls = tls or ssl.create_default_context()
        self._resolver = resolver
        self._timeouts = {"timeout": {"pool": connect_seconds}}
        self._transport = AiohttpTransport(verify=self._tls, client=self._open_session)

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """POST `body` to `url` once and say what came back; see `Sender`."""
        started = time.perf_counter()
        heard, error = _Heard(), None
        try:
            # Cancelling is safe here: aiohttp gives the connection back, as for its own deadline.
            async with asyncio.timeout(self._total_seconds):
                await self._exchange(self._request(url, headers, body), heard)
        except UrlRefused as refusal:
            error = f"UrlRefused: {refusal}"
        except _TRANSPORT_FAULTS as fault:
            error = _reason(fault)
        return Answer(
            status=heard.status,
            body_start=bytes(heard.body[:BODY_START_BYTES]),
            took_seconds=time.perf_counter() - started,
            error=error,
            retry_after=heard.retry_after,
        )

    async def aclose(self) -> None:
        """Close every connection, the ones in use too; nothing can be sent any more."""
        await self._transport.aclose()

    def _request(self, url: str, headers: Mapping[str, str], body: bytes) -> httpx.Request:
        merged = _DEFAULT_HEADERS | {name.lower(): value for name, value in headers.items()}
        return httpx.Request(
            "POST", _checked(url), headers=merged, content=body, extensions=self._timeouts
        )

    async def _exchange(self, request: httpx.Request, heard: _Heard) -> None:
        response = await self._transport.handle_async_request(request)
        try:
            heard.status = response.status_code
            heard.retry_after = response.headers.get("retry-after")
            async with aclosing(_chunks(response)) as chunks:
                async for chunk in chunks:
                    heard.body += chunk
                    if len(heard.body) >= BODY_START_BYTES:
                        break
        finally:
            await response.aclose()  # drops the connection if the body has not ended

    def _open_session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self._connections,
            keepalive_timeout=KEEPALIVE_SECONDS,
            ttl_dns_cache=DNS_CACHE_SECONDS,
            socket_factory=self._guarded_socket,
            ssl=self._tls,
            resolver=self._resolver,
        )
        jar = aiohttp.DummyCookieJar()
        return aiohttp.ClientSession(connector=connector, cookie_jar=jar, trust_env=False)

    def _guarded_socket(self, address_info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = address_info
        self._guard.check(address[0])
        return socket.socket(family, kind, protocol)


def _chunks(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """The body as it comes: the transport's async generator, which httpx types more widely."""
    stream = cast("httpx.AsyncByteStream", response.stream)
    return cast("AsyncGenerator[bytes, None]", aiter(stream))


def _reason(fault: BaseException) -> str:
    """The class and a few fixed words: the texts of httpx and aiohttp carry hosts and URLs."""
    if isinstance(fault, httpx.HTTPError) and fault.__cause__:
        fault = fault.__cause__  # the transport calls a reset, even a refusal, ConnectTimeout
    if isinstance(fault, aiohttp.ClientConnectorError):
        fault = fault.os_error
    if isinstance(fault, AddressRefused):
        return f"address refused: {fault.range_name}"
    return f"{type(fault).__name__}: {_words(fault)}"


def _words(fault: BaseException) -> str:
    match fault:
        case ssl.SSLCertVerificationError():
            return fault.verify_message.partition(",")[0]  # after the comma it names the host
        case ssl.SSLError():
            return fault.reason or "TLS failed"
        case socket.gaierror():
            return fault.strerror or "the name is not known"
        case OSError(errno=int(code)):
            return os.strerror(code)
        case _:
            return next((words for kind, words in _REASONS if isinstance(fault, kind)), "failed")
