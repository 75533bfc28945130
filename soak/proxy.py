"""A TCP proxy before PostgreSQL whose connections can be cut, delayed, stalled and made deaf."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy.engine import make_url

CHUNK = 65536


class Proxy:
    """Listens on loopback, and hands on to the server of a URL, be it at a port or a Unix socket.

    ``delay`` is the seconds that each chunk takes longer, either way. While ``going`` is not set
    nothing passes; while ``answering`` is not set nothing comes back.
    """

    def __init__(self, url: str) -> None:
        self._target = make_url(url)
        self._writers: set[StreamWriter] = set()
        self.port = 0
        self.delay = 0.0
        self.going = asyncio.Event()
        self.answering = asyncio.Event()
        self.heal()

    @property
    def url(self) -> str:
        """The database's URL by way of here."""
        via = self._target.set(query={}, host="127.0.0.1", port=self.port)
        return via.render_as_string(hide_password=False)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Proxy"]:
        """Listens until the block ends."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.heal()
            self.cut()
            await asyncio.sleep(0)

    def cut(self) -> int:
        """Breaks off every connection, with whatever was under way; answers how many."""
        cut = list(self._writers)
        for writer in cut:
            writer.transport.abort()
        return len(cut) // 2

    def heal(self) -> None:
        """Everything passes at once again."""
        self.delay = 0.0
        self.going.set()
        self.answering.set()

    async def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            there, back = await self._dial()
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, back}
        self._writers |= pair
        try:
            await asyncio.wait(
                [
                    asyncio.ensure_future(self._pass(reader, back, self.going)),
                    asyncio.ensure_future(self._pass(there, writer, self.going, self.answering)),
                ],
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            self._writers -= pair
            for each in pair:
                each.transport.abort()

    async def _dial(self) -> tuple[StreamReader, StreamWriter]:
        query, port = self._target.query, self._target.port or 5432
        host = str(query.get("host", self._target.host or "127.0.0.1"))
        port = int(str(query.get("port", port)))
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _pass(self, source: StreamReader, sink: StreamWriter, *gates: asyncio.Event) -> None:
        with suppress(OSError):
            while data := await source.read(CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay)
                for gate in gates:
                    await gate.wait()
                sink.write(data)
                await sink.drain()
