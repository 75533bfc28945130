"""Those who follow the log, each on a connection of their own."""

import asyncio
import json
from asyncio import StreamReader
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

from tests.api.raw import END, connected, head, status
from tests.conftest import Running

Block = dict[str, str]
"""The fields of a Server-Sent Event; a comment is the field without a name."""


class Listener:
    """Somebody who reads a stream."""

    def __init__(self, reader: StreamReader, answer: bytes) -> None:
        self.answer = answer
        self.last_id: str | None = None
        self._reader = reader
        self._rest = b""

    @property
    def status(self) -> int:
        """What is answered."""
        return status(self.answer)

    async def block(self) -> Block | None:
        """The next block, whatever it is; None at the end of the stream."""
        while b"\n\n" not in self._rest:
            size = int(await self._reader.readline() or b"0", 16)
            if size == 0:
                return None
            self._rest += (await self._reader.readexactly(size + 2))[:-2]
        text, _, self._rest = self._rest.partition(b"\n\n")
        lines = [line.partition(":") for line in text.decode().split("\n")]
        block = {name: value.removeprefix(" ") for name, _, value in lines}
        self.last_id = block.get("id", self.last_id)
        return block

    async def events(self, count: int) -> list[dict[str, Any]]:
        """The next events; each says the same in its fields and in its data."""
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(30):
            while len(found) < count:
                block = await self.block()
                assert block is not None, f"the stream has ended after {len(found)}"
                if "data" in block:
                    event = json.loads(block["data"])
                    assert block["id"] == str(event["position"])
                    assert block["event"] == event["type"]
                    found.append(event)
        return found

    async def to_the_end(self) -> list[Block]:
        """The blocks until the service ends the stream."""
        blocks = []
        async with asyncio.timeout(10):
            while (block := await self.block()) is not None:
                blocks.append(block)
        return blocks


@asynccontextmanager
async def listening(
    running: Running, headers: Mapping[str, str] | None = None, /, **question: object
) -> AsyncIterator[Listener]:
    """A stream that was asked for, and its first block read."""
    path = f"/v1/stream?{urlencode(question, doseq=True)}"
    lines = [f"{name}: {value}" for name, value in (headers or {}).items()]
    async with connected(running) as (reader, writer):
        writer.write(head(*lines, method="GET", path=path, close=False))
        listener = Listener(reader, await reader.readuntil(END))
        if listener.status == 200:
            first = await listener.block()
            assert first is not None
            assert list(first) == ["retry", "id"]
        yield listener
