"""The PostgreSQL that everything is measured on."""

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url

from app.settings import Settings
from app.store import schema
from app.store.database import Database
from app.store.embedded import EmbeddedServer
from benchmarks.processes import seconds_of_family

ON_DISK = Path("/var/tmp")  # noqa: S108  # a folder of this run's own is made in it
"""Not `/tmp`, which may be in memory: there a commit would cost nothing."""

NEEDED = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
BESIDES = {"track_commit_timestamp": "on"}
"""Beyond the settings the service gives its own: how late something was is read from it."""

COMMITS = 200


class GroundUnfit(Exception):
    """The server's settings would make commits cheaper than they are."""


@dataclass(slots=True)
class Ground:
    """A server, and the databases made on it for this run."""

    url: str
    version: str
    postmaster: int | None
    """Its process id, where it is this machine's and known."""
    template: str = ""
    made: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    """URLs of databases that several scenarios share, by what is in them."""
    _numbers: "count[int]" = field(default_factory=count)

    def url_of(self, name: str) -> str:
        """The URL of one of its databases, as SQLAlchemy and asyncpg want it."""
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    async def empty(self) -> str:
        """The URL of a new database without tables."""
        return self.url_of(await self._make(""))

    async def migrated(self) -> str:
        """The URL of a new database with the service's tables."""
        return await self.copy(self.url_of(self.template))

    async def copy(self, url: str) -> str:
        """The URL of a new database that is like another, to which nobody may be connected."""
        return self.url_of(await self._make(f"TEMPLATE {make_url(url).database}"))

    async def drop(self, url: str) -> None:
        """Removes a database of this run."""
        name = str(make_url(url).database)
        self.made.remove(name)
        await self.run(f"DROP DATABASE {name} WITH (FORCE)")

    async def settle(self) -> None:
        """Writes out what is dirty, so that nobody's round pays for what was done before it."""
        await self.run("CHECKPOINT")

    async def run(self, statement: str) -> None:
        """Runs a statement outside any transaction."""
        connection = await asyncpg.connect(plain(self.url))
        try:
            await connection.execute(statement, timeout=300)
        finally:
            await connection.close()

    def seconds(self) -> float | None:
        """The processor time all of PostgreSQL has used."""
        return None if self.postmaster is None else seconds_of_family(self.postmaster)

    async def _make(self, options: str) -> str:
        name = f"bench_{os.getpid()}_{next(self._numbers)}"
        await self.run(f"CREATE DATABASE {name} {options}")
        self.made.append(name)
        return name


def plain(url: str) -> str:
    """The URL as asyncpg and libpq want it."""
    return url.replace("+asyncpg", "")


@asynccontextmanager
async def standing() -> AsyncIterator[Ground]:
    """The server `ESCALATOR_DATABASE_URL` names, or an embedded one in a folder on disk."""
    given = os.environ.get("ESCALATOR_DATABASE_URL")
    if given:
        async with _furnished(str(Settings(database_url=given).database_url), None) as ground:
            yield ground
        return
    folder = _folder()
    try:
        server = EmbeddedServer.start(folder, settings=BESIDES)
        try:
            async with _furnished(server.url, _postmaster(folder)) as ground:
                yield ground
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folder() -> Path:
    place = ON_DISK if ON_DISK.is_dir() else None
    return Path(tempfile.mkdtemp(prefix="escalator-bench-", dir=place))


def _postmaster(folder: Path) -> int | None:
    try:
        return int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError):
        return None


@asynccontextmanager
async def _furnished(url: str, postmaster: int | None) -> AsyncIterator[Ground]:
    connection = await asyncpg.connect(plain(url))
    try:
        version = await connection.fetchval("SHOW server_version")
        settings = {name: await connection.fetchval(f"SHOW {name}") for name in NEEDED}
    finally:
        await connection.close()
    if settings != NEEDED:
        raise GroundUnfit(f"needed are {NEEDED}, the server has {settings}")
    ground = Ground(url, version.split()[0], postmaster)
    try:
        ground.template = str(make_url(await ground.empty()).database)
        database = Database(ground.url_of(ground.template))
        try:
            await schema.migrate(database)
        finally:
            await database.close()
        yield ground
    finally:
        for name in list(ground.made):
            await asyncio.shield(ground.drop(ground.url_of(name)))


async def commit_seconds(ground: Ground) -> float:
    """How long a transaction of one small row takes, on one connection."""
    url = await ground.empty()
    connection = await asyncpg.connect(plain(url))
    try:
        await connection.execute("CREATE TABLE small (n integer)")
        since = time.perf_counter()
        for n in range(COMMITS):
            await connection.execute("INSERT INTO small VALUES ($1)", n)
        return (time.perf_counter() - since) / COMMITS
    finally:
        await connection.close()
        await ground.drop(url)
