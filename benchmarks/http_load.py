"""The load generator: raw connections that send requests encoded beforehand, one at a time each."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

import httptools
import msgspec

from benchmarks import tickets
from benchmarks.tickets import BATCH

OK = (200, 201)


class Refused(Exception):
    """An answer that was no success: the figure would mean nothing."""


@dataclass(slots=True)
class Tally:
    """What all connections have come to."""

    until: float = 0.0
    answered: int = 0
    last: float = 0.0
    waits: list[float] = field(default_factory=list)

    def answer(self, sent: float) -> bool:
        """Counts an answer; whether there is time for another request."""
        self.last = time.perf_counter()
        self.answered += 1
        self.waits.append(self.last - sent)
        return self.last < self.until


class Connection(asyncio.Protocol):
    """A kept-alive connection: as soon as one request is answered, the next is sent."""

    def __init__(self, requests: Iterator[bytes], tally: Tally) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._tally = tally
        self._parser = httptools.HttpResponseParser(self)
        self._sent = 0.0
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def begin(self) -> None:
        """Sends the next request, if there is one."""
        request = next(self._requests, None)
        if request is None:
            self._end()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """The parser has found a part of the body."""
        self._body = body

    def on_message_complete(self) -> None:
        """The parser has found an answer's end."""
        if (status := self._parser.get_status_code()) not in OK:
            self._end(Refused(f"{status}: {self._body[:500]!r}"))
        elif self._tally.answer(self._sent):
            self.begin()
        else:
            self._end()

    def connection_lost(self, error: Exception | None) -> None:
        self._end(error or ConnectionError("the service has closed the connection"))

    def _end(self, error: Exception | None = None) -> None:
        if not self.done.done():
            if error is None:
                self.done.set_result(None)
            else:
                self.done.set_exception(error)


async def load(
    port: int, path: str, run: str, connections: int, shape: str, requests: int, seconds: float
) -> dict[str, float]:
    """Sends until the time is up or the requests are out; answers what came of it.

    ``shape``: ``single``, or how the batches of 500 are made up: ``mixed`` or ``lives``.
    """
    piles = [encoded(shape, path, f"{run}-{each}", requests) for each in range(connections)]
    tally = Tally()
    opened = [await _open(port, Connection(iter(pile), tally)) for pile in piles]
    used, since = time.process_time(), time.perf_counter()
    tally.until = since + seconds
    for connection in opened:
        connection.begin()
    await asyncio.gather(*(connection.done for connection in opened))
    waits = sorted(tally.waits)
    return {
        "requests": tally.answered,
        "elapsed": tally.last - since,
        "processor": time.process_time() - used,
        "p50": waits[len(waits) // 2],
        "p99": waits[len(waits) * 99 // 100],
    }


async def _open(port: int, connection: Connection) -> Connection:
    await asyncio.get_running_loop().create_connection(lambda: connection, "127.0.0.1", port)
    return connection


def encoded(shape: str, path: str, run: str, requests: int) -> list[bytes]:
    """The bytes of so many requests, for one connection."""
    if shape == "single":
        return [_request(path, each) for each in tickets.mixed(run, 4, requests)]
    make = tickets.lives if shape == "lives" else _mixed_batches
    events = make(run, requests * BATCH)
    return [_request(path, events[start : start + BATCH]) for start in range(0, len(events), BATCH)]


def _mixed_batches(run: str, events: int) -> Sequence[tickets.Event]:
    return tickets.mixed(run, BATCH // 4, events)


def _request(path: str, content: object) -> bytes:
    body = msgspec.json.encode(content)
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
