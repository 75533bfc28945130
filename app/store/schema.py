"""The schema's version: which one the code needs, which one the database has, and the way there."""

from pathlib import Path

import asyncpg
from sqlalchemy import Connection, text

from app.domain.errors import EscalatorError
from app.store.database import OLDEST_POSTGRESQL, Database, DatabaseUnavailable, query
from app.store.sealed import Seals

_HERE = Path(__file__).parent.parent
_MIGRATIONS = next(
    path for path in (_HERE / "_migrations", _HERE.parent / "migrations") if path.is_dir()
)
_MIGRATION_LOCK = -1
"""An advisory lock of its own; the log's are positions, which are never negative."""


class SchemaBehind(EscalatorError):
    """The database's schema is older than the one this version of the code needs."""


class SchemaAhead(EscalatorError):
    """The database's schema is newer than this version of the code."""


def needed() -> str:
    """The schema version this code needs: its newest migration, whose file is named by it."""
    newest = max(path.stem for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))
    return newest.partition("_")[0]


async def present(database: Database) -> str | None:
    """The schema version the database has; None for an empty one. DatabaseUnavailable says why."""
    try:
        async with database.connection() as connection:
            version: str | None = await connection.fetchval(query("schema_version"))
    except asyncpg.UndefinedTableError:
        return None
    except DatabaseUnavailable as error:
        raise DatabaseUnavailable(f"{error}: {_first_cause(error)}") from error
    return version


def _first_cause(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error) or type(error).__name__


async def check(database: Database) -> None:
    """SchemaBehind, SchemaAhead unless the database has the schema this code needs."""
    found, wanted = await present(database), needed()
    _refuse_newer(found, wanted)
    if found != wanted:
        raise SchemaBehind(
            f"the database's schema is {found or 'empty'}, this version needs {wanted}: "
            "run `escalator migrate`"
        )


def _refuse_newer(found: str | None, wanted: str) -> None:
    if found is not None and found > wanted:
        raise SchemaAhead(
            f"the database's schema is {found}, and this version knows those up to {wanted}: "
            "run a newer version of escalator"
        )


async def migrate(database: Database, seals: Seals | None = None) -> None:
    """Brings the schema to the version this code needs; two at once wait for one another.

    SchemaAhead; NoKey if there are secrets in the clear to be sealed, and nothing to do it with.
    """
    found, wanted = await present(database), needed()
    _refuse_newer(found, wanted)
    if found != wanted:
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
