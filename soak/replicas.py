"""Replicas as an operator runs them: processes that are started again when they end."""

import asyncio
import os
import random
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import aiohttp

from soak.findings import Findings
from soak.proxy import Proxy
from tests.processes import free_port

PROJECT = Path(__file__).parent.parent
READY_WITHIN = 120.0
STOPPED_WITHIN = 30.0
LISTENING = b"listening on "


class Clock(NamedTuple):
    """What a replica's host says of the time: so many seconds ahead, and how far it swings."""

    ahead: float = 0.0
    swing: float = 0.0


TRUE = Clock()
APART = (Clock(ahead=420), Clock(ahead=-420), Clock(swing=3600))
"""Clocks minutes apart, one of them stepping to and fro by an hour."""


@dataclass(slots=True)
class Replica:
    """One of them, with its own way to PostgreSQL."""

    number: int
    proxy: Proxy
    clock: Clock
    environment: Mapping[str, str]
    log: Path
    findings: Findings
    chance: random.Random
    port: int = field(default_factory=free_port)
    process: Process | None = None
    ending: bool = False
    """Whether it is we who end its process."""
    closing: bool = False

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def send(self, number: signal.Signals) -> bool:
        """Sends its process a signal; whether there was one."""
        if self.process is None or self.process.returncode is not None:
            return False
        with suppress(ProcessLookupError):
            self.process.send_signal(number)
        return True

    def end(self, number: signal.Signals) -> bool:
        """Ends its process, by SIGKILL or SIGTERM; it is started again."""
        self.ending = True
        return self.send(number)

    async def keep_up(self) -> None:
        """Starts it, and again whenever it has ended."""
        while not self.closing:
            self.ending, said = False, self._size()
            with self.log.open("ab") as log:  # a local file, opened seldom
                self.process = await self._start(log.fileno())
            status = await self.process.wait()
            if not self.ending:
                self._ended_by_itself(status, said)
            await asyncio.sleep(self.chance.uniform(0.0, 1.0))

    async def until_ready(self, session: aiohttp.ClientSession) -> None:
        """Waits until it says that it is ready."""
        async with asyncio.timeout(READY_WITHIN):
            while True:
                with suppress(aiohttp.ClientError, OSError):
                    async with session.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """Ends it for good, as an operator does: once it has started, SIGTERM ends it in time."""
        self.send(signal.SIGCONT)
        await self._started()
        self.closing = True
        process = self.process
        if process is None or not self.end(signal.SIGTERM):
            return
        try:
            async with asyncio.timeout(STOPPED_WITHIN):
                status = await process.wait()
        except TimeoutError:
            process.kill()
            status = await process.wait()
        if status != 0:
            self.findings.breaks("SIGTERM ends it with status 0", f"{self.number}: {status}")

    async def _started(self) -> None:
        async with aiohttp.ClientSession() as session:
            with suppress(TimeoutError):
                async with asyncio.timeout(STOPPED_WITHIN):
                    await self.until_ready(session)

    def _size(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0

    async def _start(self, log: int) -> Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "soak.lying", str(self.clock.ahead), str(self.clock.swing)),
            *("serve", "--port", str(self.port)),
            cwd=PROJECT,
            env={**os.environ, **self.environment, "ESCALATOR_DATABASE_URL": self.proxy.url},
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for us; we end it
        )

    def _ended_by_itself(self, status: int, said: int) -> None:
        """As it may while it starts and PostgreSQL is away; never once it listens."""
        words = self.log.read_bytes()[said:]
        if LISTENING in words:
            last = words.decode(errors="replace").strip().splitlines()[-1:]
            self.findings.breaks("it goes on by itself", f"{self.number}: {status}: {last}")
        else:
            self.findings.counts["starts in vain"] += 1


@asynccontextmanager
async def standing(
    url: str,
    clocks: Sequence[Clock],
    folder: Path,
    environment: Mapping[str, str],
    findings: Findings,
    chance: random.Random,
) -> AsyncIterator[list[Replica]]:
    """A replica for each clock, kept up until the block ends."""
    async with AsyncExitStack() as stack:
        replicas = []
        for number, clock in enumerate(clocks, 1):
            proxy = await stack.enter_async_context(Proxy(url).open())
            log = folder / f"replica-{number}.log"
            replicas.append(Replica(number, proxy, clock, environment, log, findings, chance))
        keeping = [asyncio.create_task(each.keep_up()) for each in replicas]
        try:
            yield replicas
        finally:
            for each in replicas:
                each.proxy.heal()
            await asyncio.gather(*(each.stop() for each in replicas))
            for task in keeping:
                task.cancel()
            await asyncio.gather(*keeping, return_exceptions=True)
            for each in replicas:
                each.send(signal.SIGKILL)
