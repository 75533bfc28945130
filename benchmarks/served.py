"""The service, served by a process of its own, and loads on it."""

import asyncio
import socket
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from app.store.sealed import new_key
from benchmarks import processes
from benchmarks.ground import Ground
from benchmarks.measure import Turn

STARTED_WITHIN = 60.0
_RUNS = count()
"""Loads are told apart by a number: no two of them tell of the same tickets."""


@dataclass(slots=True)
class Served:
    """The service answers here."""

    port: int
    ground: Ground
    pid: int
    acknowledged: int = 0
    """How many events it has said to be durable."""

    async def load(
        self,
        path: str,
        *,
        connections: int,
        requests: int,
        seconds: float,
        shape: str = "single",
        events: int = 1,
    ) -> Turn:
        """A load of new tickets; ``requests`` for each connection, of so many ``events``."""
        before, database_before = self.processor(), self.ground.seconds()
        found = await processes.call(
            "benchmarks.http_load:load",
            port=self.port,
            path=path,
            run=f"r{next(_RUNS)}",
            connections=connections,
            shape=shape,
            requests=requests,
            seconds=seconds,
        )
        elapsed, answered = found["elapsed"], int(found["requests"]) * events
        used = {"service": self.processor() - before, "generator": found["processor"]}
        if database_before is not None and (now := self.ground.seconds()) is not None:
            used["PostgreSQL"] = now - database_before
        if path == "/v1/events":
            self.acknowledged += answered
        return Turn(
            answered / elapsed,
            {name: seconds / elapsed for name, seconds in used.items()},
        )

    async def ask(self, path: str, times: int) -> Turn:
        """A turn of one client that gets this again and again: milliseconds, the median."""
        found = await processes.call(
            "benchmarks.asking:ask", port=self.port, path=path, times=times
        )
        return Turn(found["median"] * 1000)

    def resident(self) -> float:
        """Megabytes of memory that its process has."""
        lines = (Path("/proc") / str(self.pid) / "status").read_text().splitlines()
        kilobytes = next(line.split()[1] for line in lines if line.startswith("VmRSS:"))
        return int(kilobytes) * 1024 / 1e6

    def processor(self) -> float:
        """Seconds of processor time the service has used."""
        return float(self._get("/bench/processor"))

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.port}{path}", timeout=10
        ) as answer:  # loopback
            return bytes(answer.read())

    async def until_ready(self) -> None:
        """Waits until it answers."""
        until = time.monotonic() + STARTED_WITHIN
        while True:
            try:
                self.processor()
            except OSError:
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(0.1)
            else:
                return


@asynccontextmanager
async def serving(ground: Ground, url: str) -> AsyncIterator[Served]:
    """The service on that database, until the block ends."""
    port = _free_port()
    environment = {
        "ESCALATOR_DATABASE_URL": url,
        "ESCALATOR_LOG_LEVEL": "warning",
        "ESCALATOR_SECRETS_KEY": new_key(),
    }
    process = await processes.start(
        "-m", "benchmarks.service", "serve", "--port", str(port), environment=environment
    )
    try:
        served = Served(port, ground, process.pid)
        await served.until_ready()
        yield served
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])
