"""The service's face to the network: where it listens, and how it stops."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn

from app.api import event_stream, events
from app.api.application import create_app
from app.api.connection import Connection
from app.api.context import Service
from app.api.direct import Direct
from app.api.heads import Heads
from app.api.measuring import Measured
from app.domain.errors import EscalatorError
from app.projections.following import Feed

FINISH_SECONDS = 5
"""How long requests under way may take once the service is told to stop."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the service answers, and the task that ends when it no longer does."""

    url: str
    stopped: asyncio.Task[None]


class Server(uvicorn.Server):
    """uvicorn, which by itself would wait for those who follow the log."""

    def __init__(self, config: uvicorn.Config, feed: Feed) -> None:
        super().__init__(config)
        self._feed = feed

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Sends them away, and finishes what else is under way."""
        self._feed.close()
        await super().shutdown(sockets)


@asynccontextmanager
async def listening(service: Service, host: str, port: int) -> AsyncIterator[Listening]:
    """Answers HTTP until the block ends or a signal to stop comes; port 0 takes a free one."""
    sock = _bind(host, port)
    config = uvicorn.Config(
        Measured(Heads(Direct(create_app(service), events.ROUTE), event_stream.ENDLESS)),
        http=Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=FINISH_SECONDS,
    )
    server = Server(config, service.feed)
    task = asyncio.create_task(server.serve([sock]), name="http")
    try:
        yield Listening(_url_of(sock), task)
    finally:
        server.should_exit = True
        await task


def _bind(host: str, port: int) -> socket.socket:
    """A socket that listens there, port 0 on a free one; EscalatorError if none can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        sock = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise EscalatorError(f"cannot listen on {host} port {port}: {error.strerror}") from None
    # Accepted sockets inherit it; asyncio would not set it on those of a socket it was given.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _url_of(sock: socket.socket) -> str:
    """The URL by which it is reached."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
