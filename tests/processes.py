"""The service as a process of its own, as an operator runs it; for tests that kill it."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx

from app.clock import monotonic
from tests.conftest import FOLDER, LOOPBACK, PROJECT

READY_WITHIN = 30.0


@contextmanager
def data_folder() -> Iterator[Path]:
    """A folder for an embedded server of the test's own."""
    with tempfile.TemporaryDirectory(dir=Path(os.environ[FOLDER]).parent) as folder:
        yield Path(folder) / "data"


def free_port() -> int:
    """A port of loopback nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


async def escalator(*arguments: str, **environment: str) -> Process:
    """The command, started."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        *arguments,
        cwd=PROJECT,
        env={
            **{key: value for key, value in os.environ.items() if key != "ESCALATOR_DATABASE_URL"},
            "ESCALATOR_WEBHOOK_ALLOWED_NETWORKS": LOOPBACK,
            **environment,
        },
        stdout=PIPE,
        stderr=STDOUT,
    )


async def run(*arguments: str, **environment: str) -> tuple[int, str]:
    """The command, run to its end: its exit status and what it said."""
    process = await escalator(*arguments, **environment)
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


@asynccontextmanager
async def served(data: Path, port: int) -> AsyncIterator[tuple[Process, httpx.AsyncClient]]:
    """The service on the embedded database under ``data``, ready; stopped at the end."""
    process = await escalator("serve", "--port", str(port), ESCALATOR_DATA_DIR=str(data))
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            await until_ready(client, process)
            yield process, client
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        said, _ = await process.communicate()
        sys.stdout.write(said.decode())


async def until_ready(client: httpx.AsyncClient, process: Process) -> None:
    """Waits until the service says it is ready."""
    deadline = monotonic() + READY_WITHIN
    while monotonic() < deadline and process.returncode is None:
        try:
            if (await client.get("/readyz")).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.05)
    raise AssertionError(f"not ready; exit status {process.returncode}")
