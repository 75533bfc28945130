"""The schema's version: which one is needed, and that it is compared before anything is done."""

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url

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


async def to(database: Database, *versions: str) -> None:
    async with database.connection() as connection:
        await connection.execute("DELETE FROM alembic_version")
        for each in versions:
            await connection.execute("INSERT INTO alembic_version VALUES ($1)", each)


async def test_an_older_one_is_said_with_what_to_do(database: Database) -> None:
    await to(database, "0001")
    with pytest.raises(schema.SchemaBehind, match=r"is 0001, .*`escalator migrate`"):
        await schema.check(database)
    await to(database, schema.needed())


async def test_a_newer_one_is_said_and_left_alone(database: Database) -> None:
    await to(database, "9999")
    for asked in (schema.check, schema.migrate):
        with pytest.raises(schema.SchemaAhead, match=r"is 9999, .* newer version of escalator"):
            await asked(database)
    await to(database, schema.needed())


async def test_one_that_is_at_two_versions_is_not_served(database: Database) -> None:
    await to(database, "0001", schema.needed())
    with pytest.raises(schema.SchemaBehind, match="is 0001, "):
        await schema.check(database)
    await to(database, schema.needed())


async def test_one_that_cannot_be_used_is_said_with_the_reason(database_url: str) -> None:
    absent = make_url(database_url).set(database="absent").render_as_string(hide_password=False)
    for url, reason in ((NOBODY, "Connect call failed"), (absent, '"absent" does not exist')):
        database = Database(url)
        try:
            for asked in (schema.check, schema.migrate):
                with pytest.raises(DatabaseUnavailable, match=f"cannot be reached: .*{reason}"):
                    await asked(database)
        finally:
            await database.close()
