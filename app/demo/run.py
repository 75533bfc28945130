"""Runs the service as a process of its own, a receiver beside it, and feeds it sample tickets.

The service may be killed: it is started again, and what came due meanwhile is told then.
"""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from app.clock import host_now, host_seconds
from app.demo.receiver import Receiver, receiving
from app.demo.samples import samples
from app.domain.errors import EscalatorError
from app.settings import Settings
from app.webhooks.signing import new_secret

START_SECONDS = 60

RECEIVER = "http://127.0.0.1:"
"""How the URLs of the demonstration's receivers begin."""


def say(text: str) -> None:
    """A line with the time of day."""
    sys.stdout.write(f"{host_now():%H:%M:%S}  {text}\n")
    sys.stdout.flush()


async def demo(settings: Settings, port: int) -> None:
    """The demonstration, until it is interrupted."""
    url = f"http://127.0.0.1:{_free_port(port)}"
    data_dir = settings.data_dir / "demo"
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    secret = new_secret()
    receiver = Receiver(secret, say)
    async with (
        receiving(receiver) as hook,
        _kept_alive(data_dir, url, stopped),
        httpx.AsyncClient(base_url=url, timeout=30) as client,
    ):
        await _until_ready(client, stopped)
        await _subscribe(client, hook, secret)
        _introduce(url)
        await _send_samples(client, settings.policies_dir)
        await stopped.wait()
        say("stopping")


def _free_port(wanted: int) -> int:
    """The port wanted, or another one where it is taken."""
    for port in (wanted, 0):
        try:
            with socket.create_server(("127.0.0.1", port)) as sock:
                return int(sock.getsockname()[1])
        except OSError:
            continue
    raise EscalatorError("no free port on 127.0.0.1")


@asynccontextmanager
async def _kept_alive(data_dir: Path, url: str, stopped: asyncio.Event) -> AsyncIterator[None]:
    """The service in a process of its own, started again when it dies."""
    keeper = asyncio.create_task(_keep_alive(data_dir, url, stopped))
    try:
        yield
    finally:
        stopped.set()
        await keeper


async def _keep_alive(data_dir: Path, url: str, stopped: asyncio.Event) -> None:
    while not stopped.is_set():
        process = await _start(data_dir, url)
        say(f"the service is process {process.pid}: `kill -9 {process.pid}` loses nothing")
        dead = asyncio.create_task(process.wait())
        asked = asyncio.create_task(stopped.wait())
        await asyncio.wait((dead, asked), return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if not dead.done():
            process.terminate()
        status = await dead
        if not stopped.is_set():
            if status > 0:
                stopped.set()
                raise EscalatorError(f"the service ended with status {status}")
            say(f"the service was killed by signal {-status}; it is started again")


async def _start(data_dir: Path, url: str) -> Process:
    environment = {
        **os.environ,
        "ESCALATOR_DATA_DIR": str(data_dir),
        "ESCALATOR_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
        "ESCALATOR_LOG_LEVEL": "warning",
    }
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        "serve",
        "--port",
        url.rpartition(":")[2],
        env=environment,
        start_new_session=True,  # Ctrl-C is for the demo, which then stops the service
    )


async def _until_ready(client: httpx.AsyncClient, stopped: asyncio.Event) -> None:
    say("starting PostgreSQL and the service")
    for _ in range(START_SECONDS * 10):
        if stopped.is_set():
            raise EscalatorError("the service did not start")
        try:
            if (await client.get("/readyz")).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.1)
    raise EscalatorError(f"the service was not ready within {START_SECONDS} seconds")


async def _subscribe(client: httpx.AsyncClient, hook: str, secret: str) -> None:
    """The receiver's subscription; those of earlier runs, to receivers here, are removed."""
    earlier = (await client.get("/v1/subscriptions")).json()["items"]
    for subscription in earlier:
        if subscription["url"].startswith(RECEIVER):
            await client.delete(f"/v1/subscriptions/{subscription['id']}")
    answer = await client.post("/v1/subscriptions", json={"url": hook, "secret": secret})
    answer.raise_for_status()


def _introduce(url: str) -> None:
    say(f"the board      {url}/")
    say(f"tickets        {url}/v1/tickets")
    say(f"escalations    {url}/v1/escalations")
    say(f"the whole API  {url}/docs")
    say("below, each line that says `verified` is a webhook whose signature the receiver checked")


async def _send_samples(client: httpx.AsyncClient, policies_dir: Path) -> None:
    run = f"{host_seconds() % 100_000:05}"
    for sample in samples(policies_dir, run, host_now()):
        await _post(client, sample.events)
        say(f"posted    {sample.ticket_id} {sample.title}: {sample.shows}")


async def _post(client: httpx.AsyncClient, events: list[dict[str, object]]) -> None:
    """Posts them, again if the service is killed meanwhile: the same events are recorded once."""
    for _ in range(START_SECONDS * 10):
        try:
            (await client.post("/v1/events", json=events)).raise_for_status()
        except httpx.TransportError:
            await asyncio.sleep(0.1)
        else:
            return
    raise EscalatorError(f"the service did not answer within {START_SECONDS} seconds")
