"""A receiver of webhooks: answers 204 at once, or, below ``/hangs/``, never."""

import asyncio
from typing import cast

import httptools
import uvloop

from benchmarks.child import end_with_parent

HANGS = b"/hangs/"
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


class Requests(asyncio.Protocol):
    """A connection: what comes is parsed, and answered when it is whole."""

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._path = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        """The parser has found a request's first byte."""
        self._path = b""

    def on_url(self, path: bytes) -> None:
        """The parser has found a part of the path."""
        self._path += path

    def on_message_complete(self) -> None:
        """The parser has found a request's end."""
        if not self._path.startswith(HANGS):
            self._transport.write(ANSWER)


async def serve() -> None:
    """Says its port, and answers until it is stopped."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Requests, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """``python -m benchmarks.receiver``"""
    end_with_parent()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())


if __name__ == "__main__":
    main()
