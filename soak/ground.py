"""The PostgreSQL of a run: one of its own, on disk, that can be killed; or one that is given."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from app.store import schema
from app.store.database import Database
from app.store.embedded import EmbeddedServer

FOLDER = Path("/var/tmp")  # noqa: S108  # on disk; a folder of the run's own is made in it


class Ground:
    """Where the log is kept."""

    def __init__(self, url: str, server: EmbeddedServer | None = None) -> None:
        self.url = url
        self._server = server
        self._dying = asyncio.Lock()

    @property
    def mortal(self) -> bool:
        """Whether it may be killed."""
        return self._server is not None

    async def kill(self, away: float) -> None:
        """SIGKILL of the postmaster; so many seconds later it is launched again."""
        if self._server is None:
            raise ValueError("a PostgreSQL that was given is not killed")
        async with self._dying:
            self._server.kill()
            while self._server.lives:
                await asyncio.sleep(0.02)
            await asyncio.sleep(away)
            await asyncio.to_thread(self._server.revive)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """A connection past all proxies."""
        connection = await asyncpg.connect(self.url.replace("+asyncpg", ""))
        try:
            yield connection
        finally:
            await connection.close()


@asynccontextmanager
async def own_ground() -> AsyncIterator[Ground]:
    """A server on disk, its schema made; it and its folder are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="escalator-soak-", dir=FOLDER))
    try:
        server = await asyncio.to_thread(EmbeddedServer.start, folder)
        try:
            await _migrate(server.url)
            yield Ground(server.url, server)
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _migrate(url: str) -> None:
    database = Database(url)
    try:
        await schema.migrate(database)
    finally:
        await database.close()
