"""The schema's version: which one is needed, and that it is compared before anything is done."""

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from app.store import schema
from app.store.database import Database, DatabaseUnavailable
from tests.conftest import PROJECT

NOBODY = "postgresql+asyncpg://escalator@127.0.0.1:1/escalator"


def test_the_version_needed_is_that_of_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "migrations"))
    assert schema.needed() == ScriptDirectory.from_config(config).get_current_head()


async def test_a_migrated_database_has_it(database: Database) -> None:
    assert await schema.present(database) == schema.needed()
    await schema.check(database)


async def test_an_older_one_is_said_with_what_to_do(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(schema.SchemaBehind, match=r"is 0001, .*`escalator migrate`"):
        await schema.check(database)
    async with database.connection() as connection:
        await connection.execute("UPDATE alembic_version SET version_num = $1", schema.needed())


async def test_one_that_cannot_be_reached_is_said_plainly() -> None:
    database = Database(NOBODY)
    try:
        for asked in (schema.check, schema.migrate):
            with pytest.raises(DatabaseUnavailable, match="cannot be reached"):
                await asked(database)
    finally:
        await database.close()
