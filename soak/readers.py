"""Readers of the log: one asks for page after page, one follows the stream. None may miss any."""

import asyncio
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import aiohttp

from soak.findings import Findings

PATIENCE = aiohttp.ClientTimeout(total=15)
SILENCE = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=40)
LOST = (aiohttp.ClientError, OSError, TimeoutError, ValueError)


class Read(NamedTuple):
    """An event as a reader saw it."""

    position: int
    ticket_id: str
    version: int
    event_id: str


@dataclass(slots=True)
class Reader:
    """Where it stands, and what it has read in which order."""

    name: str
    urls: Sequence[str]
    findings: Findings
    chance: random.Random
    last: int = 0
    read: list[Read] = field(default_factory=list)

    def take(self, event: dict[str, Any]) -> None:
        """One more event."""
        self.read.append(Read(event["position"], event["subject"], event["version"], event["id"]))

    async def run(self) -> None:
        """Reads until it is cancelled, wherever somebody answers."""
        once = self._follow if self.name == "stream" else self._page
        async with aiohttp.ClientSession() as session:
            while True:
                try:
                    await once(session, self.chance.choice(self.urls))
                except LOST:
                    self.findings.counts[f"{self.name} begun again"] += 1
                    await asyncio.sleep(0.2)

    async def _page(self, session: aiohttp.ClientSession, url: str) -> None:
        asked = {"after": str(self.last), "limit": "200"}
        async with session.get(f"{url}/v1/events", params=asked, timeout=PATIENCE) as answer:
            answer.raise_for_status()
            page = await answer.json()
        for event in page["items"]:
            self.take(event)
        self.last = page["position"]
        if page["next_cursor"] is None:
            await asyncio.sleep(0.3)

    async def _follow(self, session: aiohttp.ClientSession, url: str) -> None:
        headers = {"Last-Event-ID": str(self.last)}
        async with session.get(f"{url}/v1/stream", headers=headers, timeout=SILENCE) as answer:
            answer.raise_for_status()
            position, told = self.last, b""
            async for line in answer.content:
                field_, _, value = line.rstrip(b"\n").partition(b": ")
                if field_ == b"id":
                    position = int(value)
                elif field_ == b"data":
                    told = value
                elif not field_:  # an event ends with an empty line; half of one does not count
                    if told:
                        self.take(json.loads(told))
                    self.last, told = position, b""


def readers(urls: Sequence[str], findings: Findings, chance: random.Random) -> list[Reader]:
    """One of each kind."""
    return [Reader(name, urls, findings, chance) for name in ("pages", "stream")]
