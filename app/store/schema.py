"""The schema's version: which one the code needs, which one the database has, and the way there."""

from pathlib import Path

import asyncpg
from sqlalchemy import Connection, text

from app.domain.errors import EscalatorError
from app.store.database import OLDEST_POSTGRESQL, Database, query
from app.store.sealed import Seals

_HERE = Path(__file__).parent.parent
_MIGRATIONS = next(
    path for path in (_HERE / "_migrations", _HERE.parent / "migrations") if path.is_dir()
)
_MIGRATION_LOCK = -1
"""An advisory lock of its own; the log's are positions, which are never negative."""


class SchemaBehind(EscalatorError):
    """The database's schema is not the one this version of the code needs."""


def needed() -> str:
    """The schema version this code needs: its newest migration, whose file is named by it."""
    newest = max(path.stem for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))
    return newest.partition("_")[0]


async def present(database: Database) -> str | None:
    """The schema version the database has; None for an empty one. DatabaseUnavailable."""
    async with database.connection() as connection:
        try:
            version: str | None = await connection.fetchval(query("schema_version"))
        except asyncpg.UndefinedTableError:
            return None
    return version


async def check(database: Database) -> None:
    """SchemaBehind unless the database has the schema this code needs."""
    found, wanted = await present(database), needed()
    if found != wanted:
        raise SchemaBehind(
            f"the database's schema is {found or 'empty'}, this version needs {wanted}: "
            "run `escalator migrate`"
        )


async def migrate(database: Database, seals: Seals | None = None) -> None:
    """Brings the schema to the version this code needs; two at once wait for one another.

    NoKey if there are secrets in the clear to be sealed, and nothing to seal them with.
    """
    if await present(database) != needed():
        async with database.engine.begin() as connection:
            await connection.run_sync(_migrate, seals or Seals(()))


def _migrate(connection: Connection, seals: Seals) -> None:
    # Alembic takes a third of a second to load, and almost never has anything to do.
    from alembic import command
    from alembic.config import Config

    version = connection.execute(text("SHOW server_version_num")).scalar_one()
    if int(version) < OLDEST_POSTGRESQL:
        raise EscalatorError(f"PostgreSQL 15 or newer is needed; this is {version}")
    connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    config.attributes["seals"] = seals
    command.upgrade(config, "head")
