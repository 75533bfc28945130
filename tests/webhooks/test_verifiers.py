"""What went over the wire is verified by what others wrote: for Python, and for Node."""

import asyncio
import base64
import json
import os
import shutil
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from standardwebhooks import Webhook

from tests.api.subscribing import Json, open_ticket, until
from tests.conftest import PROJECT, Running

NODE = PROJECT / "tests" / "node"
needs_node = pytest.mark.skipif(
    shutil.which("node") is None or not (NODE / "node_modules" / "svix").is_dir(),
    reason="needs Node, and `npm ci` in tests/node",
)


class Wire:
    """A receiver that takes everything, and keeps the bytes."""

    def __init__(self) -> None:
        self.url = ""
        self.heard: list[tuple[dict[str, str], bytes]] = []

    async def receive(self, request: web.Request) -> web.Response:
        """One webhook."""
        headers = {name.decode().lower(): value.decode() for name, value in request.raw_headers}
        self.heard.append((headers, await request.read()))
        return web.Response(status=204)


@asynccontextmanager
async def wire() -> AsyncIterator[Wire]:
    """The receiver on a port of its own, until the block ends."""
    receiver = Wire()
    application = web.Application()
    application.router.add_post("/", receiver.receive)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        yield receiver
    finally:
        await runner.cleanup()


async def told(running: Running, signature: str, *rotations: str) -> tuple[Wire, list[str]]:
    """A webhook as it arrived, and what the receiver was given to verify it with."""
    async with wire() as receiver:
        body = {"url": receiver.url, "signature": signature}
        made = (await running.client.post("/v1/subscriptions", json=body)).json()
        keys = [given(made)]
        for each in rotations:
            path = f"/v1/subscriptions/{made['id']}/rotate-secret?signature={each}&drop_older=true"
            keys.append(given((await running.client.post(path)).json()))
        await open_ticket(running, "T-1 Zażółć")
        await until(lambda: bool(receiver.heard))
    return receiver, keys


def given(made: Json) -> str:
    """What verifies: the secret, or the public key."""
    return str(made.get("secret") or made["public_key"])


async def by_node(
    receiver: Wire, keys: list[str], body: bytes | None = None
) -> list[dict[str, Any]]:
    """What Node's verifiers say of the first webhook, or of another body in its place."""
    headers, heard = receiver.heard[0]
    packed = base64.b64encode(heard if body is None else body).decode()
    process = await asyncio.create_subprocess_exec(
        "node", "verify.mjs", cwd=NODE, env=os.environ, stdin=PIPE, stdout=PIPE
    )
    asked = json.dumps({"headers": headers, "body": packed, "keys": keys})
    said, _ = await process.communicate(asked.encode())
    assert process.returncode == 0
    answers: list[dict[str, Any]] = json.loads(said)
    return answers


async def test_by_standardwebhooks_for_python(running: Running) -> None:
    receiver, keys = await told(running, "v1", "v1")
    headers, body = receiver.heard[0]
    for secret in keys:
        event = Webhook(secret).verify(body, headers)
        assert event["subject"] == "T-1 Zażółć"
    assert len(headers["webhook-signature"].split(" ")) == 2


@needs_node
async def test_by_standardwebhooks_and_svix_for_node(running: Running) -> None:
    receiver, keys = await told(running, "v1", "v1")
    id_ = json.loads(receiver.heard[0][1])["id"]
    said = await by_node(receiver, keys)
    assert said == [{"standardwebhooks": id_, "svix": id_}] * 2
    (altered, _) = await by_node(receiver, keys, receiver.heard[0][1] + b" ")
    assert all(each.startswith("refused: No matching") for each in altered.values())


@needs_node
async def test_ed25519_by_node(running: Running) -> None:
    receiver, keys = await told(running, "v1a", "v1a", "v1")
    headers, body = receiver.heard[0]
    id_ = json.loads(body)["id"]
    assert [each.partition(",")[0] for each in headers["webhook-signature"].split(" ")] == [
        "v1",
        "v1a",
    ], "the one before, too; the one before that no more"
    first, second, third = await by_node(receiver, keys)
    assert first == {"ed25519": "refused"}
    assert second == {"ed25519": id_}
    assert third == {"standardwebhooks": id_, "svix": id_}
    (_, altered, _) = await by_node(receiver, keys, body.replace(b"T-1", b"T-2"))
    assert altered == {"ed25519": "refused"}
