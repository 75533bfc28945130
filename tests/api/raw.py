"""Bytes on a connection of their own, for tests of what no HTTP client would send."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.conftest import Running

END = b"\r\n\r\n"


@asynccontextmanager
async def connected(running: Running) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    """A connection to the service."""
    host, port = running.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.close()


async def answered(running: Running, *parts: bytes) -> bytes:
    """What is answered to these bytes, until the service closes the connection."""
    async with connected(running) as (reader, writer):
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(8):
            return await reader.read()


def head(
    *headers: str, method: str = "POST", path: str = "/v1/events", close: bool = True
) -> bytes:
    """A request's line and headers."""
    closing = ["Connection: close"] if close else []
    return "\r\n".join(
        [f"{method} {path} HTTP/1.1", "Host: localhost", *headers, *closing, "", ""]
    ).encode()


def status(answer: bytes) -> int:
    """The status of an answer."""
    return int(answer.split(b" ", 2)[1])
