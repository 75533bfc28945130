"""What tests run on: a real PostgreSQL, a database of their own, the service on a real port."""

import asyncio
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

import asyncpg
import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from app.api.context import Service
from app.listening import listening
from app.main import run
from app.projections.rebuild import rebuild
from app.settings import Settings
from app.store import schema
from app.store.database import Database
from app.store.embedded import EmbeddedServer
from app.store.policies import PolicyBook

PROJECT = Path(__file__).parent.parent
LOOPBACK = "127.0.0.0/8"
SECRETS_KEY = "ZXNjYWxhdG9yIHRlc3RzOiAzMiBieXRlcyBhcyBrZXk="


FOLDER = "ESCALATOR_TESTS_DATA_DIR"
"""Names the folder of the run's embedded server, which all its workers share."""

MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of this run's own is made in it


def pytest_configure(config: pytest.Config) -> None:
    """The run's folder: in memory where there is room, never below pytest's own, which it locks."""
    if not hasattr(config, "workerinput") and FOLDER not in os.environ:
        roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 2 << 30
        os.environ[FOLDER] = tempfile.mkdtemp(
            prefix="escalator-tests-", dir=MEMORY if roomy else None
        )


def pytest_unconfigure(config: pytest.Config) -> None:
    """Removes it once the workers are done."""
    if not hasattr(config, "workerinput") and FOLDER in os.environ:
        shutil.rmtree(os.environ.pop(FOLDER), ignore_errors=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nothing may be skipped, as in CI, a skip is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter is not None else []
    if skipped and os.environ.get("ESCALATOR_TESTS_SKIP") == "never":
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


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
def database_server() -> Iterator[DatabaseServer]:
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
    embedded = EmbeddedServer.start(Path(os.environ[FOLDER]))
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
    return Settings(
        policies_dir=PROJECT / "policies",
        webhook_allowed_networks=(ip_network(LOOPBACK),),
        secrets_key=SecretStr(SECRETS_KEY),
    )


PROJECTIONS = {
    "tickets": "bucket, ticket_id",
    "ticket_words": "bucket, ticket_id",
    "escalations": "bucket, escalation_id",
    "outcomes": "bucket, ticket_id, clock, cycle",
    "held_facts": "bucket, ticket_id, version",
}
"""What is folded from the log, with an order to compare it in."""


async def assert_rebuild_changes_nothing(database: Database, *, emptied: bool = False) -> None:
    """What was written inline equals what folding the log again gives, to the byte.

    A rebuild writes what differs; of tables that were ``emptied`` before, all of it.
    """
    inline = await projections(database)
    if emptied:
        async with database.connection() as connection:
            await connection.execute(f"TRUNCATE {', '.join(PROJECTIONS)}")
    async for progress in rebuild(database, PolicyBook()):
        assert not progress.failed
    rebuilt = await projections(database)
    for table, rows in inline.items():
        assert rebuilt[table] == rows, f"{table}: a rebuild gives other rows"


async def projections(database: Database) -> dict[str, list[str]]:
    """The rows of every projection, as text, in order."""
    async with database.connection() as connection:
        return {
            table: [
                row["text"]
                for row in await connection.fetch(
                    f"SELECT t::text AS text FROM {table} AS t ORDER BY {order}"  # noqa: S608  # names from above
                )
            ]
            for table, order in PROJECTIONS.items()
        }


@dataclass(frozen=True, slots=True)
class Running:
    """The service, listening."""

    url: str
    client: httpx.AsyncClient
    service: Service


@asynccontextmanager
async def serving(settings: Settings, database_url: str) -> AsyncIterator[Running]:
    """The real service on a free port of loopback, until the block ends."""
    async with (
        run(settings, database_url) as service,
        listening(service, "127.0.0.1", 0) as face,
        httpx.AsyncClient(base_url=face.url, timeout=10) as client,
    ):
        yield Running(face.url, client, service)


@pytest.fixture
async def running(settings: Settings, database_url: str) -> AsyncIterator[Running]:
    """The real service on a database of its own."""
    async with serving(settings, database_url) as running:
        yield running
    pool = Database(database_url)
    try:
        await assert_rebuild_changes_nothing(pool, emptied=True)
    finally:
        await pool.close()
