"""How PostgreSQL is told to plan: where a way is barred, it must not compile statements for it."""

import pytest

from app.store.database import Database, query


async def test_recording_compiles_nothing(database: Database) -> None:
    """Each transaction took 150 ms more on version 15, as built by Debian: JIT is on there."""
    async with database.recording() as connection:
        assert await connection.fetchval("SHOW enable_seqscan") == "off"
        assert await connection.fetchval("SHOW jit") == "off"


@pytest.mark.parametrize("name", ["walk_indexes", "plan_report"])
async def test_nor_does_what_walks_indexes_or_reports(database: Database, name: str) -> None:
    async with database.transaction() as connection:
        await connection.execute(query(name).format(milliseconds=1000))
        assert await connection.fetchval("SHOW enable_sort") == "off"
        assert await connection.fetchval("SHOW jit") == "off"


async def test_nor_does_a_list(database: Database) -> None:
    async with database.reading() as connection:
        assert await connection.fetchval("SHOW jit") == "off"
