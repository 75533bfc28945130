"""A receiver of webhooks on loopback, real and strict: what it cannot verify fails the test."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook

Behaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answers(status: int, text: str = "", **headers: str) -> Behaviour:
    """Answers at once; underscores in the names of headers stand for hyphens."""

    async def behaviour(_: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, text=text, headers=named)

    return behaviour


async def hangs(request: web.Request) -> web.StreamResponse:
    """Never answers."""
    await asyncio.Event().wait()
    raise AssertionError(request)


async def resets(request: web.Request) -> web.StreamResponse:
    """Breaks the connection off."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def answers_late(seconds: float) -> Behaviour:
    """Takes its time."""

    async def behaviour(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return web.Response(status=204)

    return behaviour


OK = answers(204)


@dataclass(frozen=True, slots=True)
class Heard:
    """A webhook whose signature was right."""

    id: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent."""
        event: dict[str, Any] = json.loads(self.body)
        return event

    @property
    def what(self) -> tuple[str, str]:
        """Its ticket, and for which role it is or of what type."""
        event = self.event
        return event["subject"], event["data"]["escalation"]["role"] or event["type"]


@dataclass(slots=True)
class Receiver:
    """Verifies with its secrets, notes what it heard, and then does as it is told."""

    url: str = ""
    secrets: list[str] = field(default_factory=list)
    behaviour: Behaviour = OK
    heard: list[Heard] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """The ids of the webhooks, in the order they came."""
        return [each.id for each in self.heard]

    @property
    def told(self) -> list[tuple[str, str]]:
        """What was heard, in order."""
        return [each.what for each in self.heard]

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """One webhook; each secret must verify it by itself."""
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        assert self.secrets
        for secret in self.secrets:
            Webhook(secret).verify(body, headers)
        self.heard.append(Heard(headers["webhook-id"], headers, body))
        return await self.behaviour(request)


@asynccontextmanager
async def receiving(*secrets: str, behaviour: Behaviour = OK) -> AsyncIterator[Receiver]:
    """A receiver on a port of its own, until the block ends."""
    receiver = Receiver(secrets=list(secrets), behaviour=behaviour)
    application = web.Application()
    application.router.add_post("/hooks/s3cret", receiver.receive)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/s3cret?key=s3cret"
        yield receiver
    finally:
        await runner.cleanup()
