"""What tests run on: a real PostgreSQL, a database of their own, the real service on a real port."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest
import uvicorn
from sqlalchemy.engine import make_url

from app.api.context import Service
from app.main import create_app
from app.settings import Settings
from app.store import schema
from app.store.database import Database
from app.store.embedded import EmbeddedServer

PROJECT = Path(__file__).parent.parent
LOOPBACK = "127.0.0.0/8"


@dataclass(frozen=True, slots=True)
class DatabaseServer:
    """A PostgreSQL on which tests make databases."""

    url: str
    template: str

    def url_of(self, name: str) -> str:
        """The URL of one of its databases."""
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    async def run(self, *statements: str) -> None:
        """Runs statements outside any transaction."""
        connection = await asyncpg.connect(self.url.replace("+asyncpg", ""))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


@pytest.fixture(scope="session")
def database_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseServer]:
    """The server `ESCALATOR_DATABASE_URL` names, or an embedded one for the whole run.

    Each worker makes a migrated database that its tests' databases are copies of.
    """
    template = f"template_{uuid.uuid4().hex[:12]}"
    given = os.environ.get("ESCALATOR_DATABASE_URL")
    if given:
        server = DatabaseServer(str(Settings(database_url=given).database_url), template)
        asyncio.run(_make_template(server))
        yield server
        asyncio.run(server.run(f"DROP DATABASE {template} WITH (FORCE)"))
        return
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    embedded = EmbeddedServer.start(shared / "database")
    try:
        server = DatabaseServer(embedded.url, template)
        asyncio.run(_make_template(server))
        yield server
    finally:
        embedded.stop()


async def _make_template(server: DatabaseServer) -> None:
    await server.run(f"CREATE DATABASE {server.template}")
    database = Database(server.url_of(server.template))
    try:
        await schema.migrate(database)
    finally:
        await database.close()


@pytest.fixture
async def database_url(database_server: DatabaseServer) -> AsyncIterator[str]:
    """A migrated database of the test's own."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    await database_server.run(f"CREATE DATABASE {name} TEMPLATE {database_server.template}")
    yield database_server.url_of(name)
    await database_server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A pool on the test's database."""
    pool = Database(database_url)
    yield pool
    await pool.close()


@pytest.fixture
def settings() -> Settings:
    """The settings of the service under test: receivers on loopback may be told."""
    return Settings(policies_dir=PROJECT / "policies", webhook_allowed_networks=LOOPBACK)


@dataclass(frozen=True, slots=True)
class Running:
    """The service, listening."""

    url: str
    client: httpx.AsyncClient
    service: Service


@asynccontextmanager
async def serving(settings: Settings, database_url: str) -> AsyncIterator[Running]:
    """The real service on a free port of loopback, until the block ends."""
    app = create_app(settings, database_url)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="on")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())
    while not server.started and not task.done():
        await asyncio.sleep(0.01)
    if task.done():
        await task
        raise RuntimeError("the service did not start; the log says why")
    port = server.servers[0].sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=url, timeout=10) as client:
            yield Running(url, client, app.state.service)
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def running(settings: Settings, database_url: str) -> AsyncIterator[Running]:
    """The real service on a database of its own."""
    async with serving(settings, database_url) as running:
        yield running
