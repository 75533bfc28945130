"""``/healthz`` and ``/readyz``: whether the process is up, and whether it can do its work."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import create_async_engine

from app.store.database import Database
from tests.api.story import Desk, Reader
from tests.conftest import Running


async def test_it_is_up_and_ready(running: Running) -> None:
    reader = Reader(running)
    assert await reader.read("/healthz") == {"status": "ok"}
    ready = await reader.read("/readyz")
    assert ready["status"] == "ready"
    assert ready["detail"]["schema"]
    assert ready["detail"]["unheard_last_day"] == {}


async def test_it_names_roles_that_nobody_heard(running: Running) -> None:
    await Desk(running).opens("T-1", "10:00", severity="P2").report()
    detail = (await Reader(running).read("/readyz"))["detail"]
    assert detail["unheard_last_day"] == {
        "cto": 1,
        "customer_relations_manager": 1,
        "technical_support_manager": 1,
    }


async def test_with_another_schema_it_is_not_ready(running: Running) -> None:
    async with running.service.database.connection() as connection:
        await connection.execute("UPDATE alembic_version SET version_num = '0000'")
    answer = await running.client.get("/readyz")
    assert answer.status_code == 503
    assert "escalator migrate" in answer.json()["detail"]
    assert int(answer.headers["retry-after"]) > 0


async def test_with_an_empty_database_it_is_not_ready(running: Running) -> None:
    async with running.service.database.connection() as connection:
        await connection.execute("DROP TABLE alembic_version")
    answer = await running.client.get("/readyz")
    assert answer.status_code == 503
    assert "empty" in answer.json()["detail"]


async def test_without_its_database_it_is_up_but_not_ready(running: Running) -> None:
    async with nobody_answering(running.service.database):
        for path in ("/readyz", "/v1/tickets", "/v1/tickets/T-1", "/v1/escalations"):
            answer = await running.client.get(path)
            assert answer.status_code == 503, answer.text
            assert int(answer.headers["retry-after"]) > 0
        assert (await running.client.get("/healthz")).status_code == 200
    assert (await running.client.get("/readyz")).status_code == 200, "it goes on by itself"


@asynccontextmanager
async def nobody_answering(database: Database) -> AsyncIterator[None]:
    """The database's address is one where nobody listens, until the block ends."""
    engine = database.engine
    database.engine = create_async_engine("postgresql+asyncpg://127.0.0.1:1/nothing")
    try:
        yield
    finally:
        database.engine = engine
