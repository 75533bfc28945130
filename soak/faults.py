"""What goes wrong, and when: a schedule from a seed."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from soak.findings import Findings
from soak.ground import Ground
from soak.receiver import WEATHER, Receiver
from soak.replicas import Replica

EVERY = (1.0, 3.5)
"""Seconds from one fault to the next, at least and at most."""

WEIGHTS: Mapping[str, int] = {
    "replica killed": 5,
    "replica stopped": 1,
    "replica frozen": 2,
    "PostgreSQL killed": 2,
    "connections cut": 3,
    "answers of PostgreSQL lost": 3,
    "connections delayed": 2,
    "connections stalled": 2,
    "receivers fail": 4,
}
"""The kinds, and how often they come."""

KINDS = tuple(WEIGHTS)


@dataclass(slots=True)
class Faults:
    """Does damage, and undoes it."""

    ground: Ground
    replicas: Sequence[Replica]
    receiver: Receiver
    findings: Findings
    chance: random.Random
    kinds: Sequence[str] = KINDS
    say: Callable[[str], None] = lambda _: None

    @asynccontextmanager
    async def striking(self, until: float) -> AsyncIterator[None]:
        """Faults come until that second of the loop's clock; at the block's end all is healed."""
        striking = asyncio.create_task(self._strike(until))
        try:
            yield
        finally:
            striking.cancel()
            await asyncio.gather(striking, return_exceptions=True)

    async def _strike(self, until: float) -> None:
        now = asyncio.get_running_loop().time
        kinds = [each for each in self.kinds if each != "PostgreSQL killed" or self.ground.mortal]
        weights = [WEIGHTS[each] for each in kinds]
        async with asyncio.TaskGroup() as group:
            while kinds and now() < until:
                (kind,) = self.chance.choices(kinds, weights)
                group.create_task(self._one(kind))
                await asyncio.sleep(self.chance.uniform(*EVERY))

    async def _one(self, kind: str) -> None:
        deeds: Mapping[str, Callable[[Replica, float], Awaitable[None]]] = {
            "replica killed": self._kill,
            "replica stopped": self._stop,
            "replica frozen": self._freeze,
            "PostgreSQL killed": self._kill_postgresql,
            "connections cut": self._cut,
            "answers of PostgreSQL lost": self._lose_answers,
            "connections delayed": self._delay,
            "connections stalled": self._stall,
            "receivers fail": self._rain,
        }
        replica, seconds = self.chance.choice(self.replicas), self.chance.uniform(0.2, 5.0)
        self.findings.faults[kind] += 1
        self.say(f"{kind} ({replica.number}, {seconds:.1f} s)")
        await deeds[kind](replica, seconds)

    async def _kill(self, replica: Replica, _: float) -> None:
        replica.end(signal.SIGKILL)

    async def _stop(self, replica: Replica, _: float) -> None:
        replica.end(signal.SIGTERM)

    async def _freeze(self, replica: Replica, seconds: float) -> None:
        process = replica.process
        replica.send(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            if process is replica.process:
                replica.send(signal.SIGCONT)

    async def _kill_postgresql(self, _: Replica, seconds: float) -> None:
        killing = asyncio.create_task(self.ground.kill(away=seconds / 2))
        await asyncio.shield(killing)  # it has to come back whatever happens

    async def _cut(self, replica: Replica, _: float) -> None:
        replica.proxy.cut()

    async def _lose_answers(self, replica: Replica, seconds: float) -> None:
        """PostgreSQL hears, and commits; the replica never learns of it."""
        replica.proxy.answering.clear()
        try:
            await asyncio.sleep(seconds / 5)
        finally:
            replica.proxy.cut()
            replica.proxy.answering.set()

    async def _delay(self, replica: Replica, seconds: float) -> None:
        replica.proxy.delay = seconds / 50
        try:
            await asyncio.sleep(seconds)
        finally:
            replica.proxy.delay = 0.0

    async def _stall(self, replica: Replica, seconds: float) -> None:
        replica.proxy.going.clear()
        try:
            await asyncio.sleep(seconds)
        finally:
            replica.proxy.going.set()

    async def _rain(self, _: Replica, seconds: float) -> None:
        self.receiver.weather = self.chance.choice(list(WEATHER))
        try:
            await asyncio.sleep(3 * seconds)
        finally:
            self.receiver.weather = None
