"""Secrets that an earlier version kept in the clear are sealed when the schema is migrated."""

import pytest
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from app.store import schema
from app.store.database import Database
from app.store.sealed import NoKey, Seals, keys_in, new_key
from app.webhooks.subscriptions import about_secret
from tests.conftest import PROJECT

SECRETS = "SELECT secret, previous_secret FROM subscriptions ORDER BY subscription_id"
MADE = (
    "INSERT INTO subscriptions (subscription_id, url, format, secret, previous_secret, roles,"
    " types, policies, severities, enabled)"
    " VALUES ('{}', 'https://a.example', 'cloudevents', 'whsec_{}', {}, '{{}}', '{{}}', '{{}}',"
    " '{{}}', true)"
)


async def to(database: Database, version: str, seals: Seals) -> None:
    """Brings the schema to a version, forwards or back."""

    def move(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(PROJECT / "migrations"))
        config.attributes.update(connection=connection, seals=seals)
        present = MigrationContext.configure(connection).get_current_revision() or ""
        (command.downgrade if present > version else command.upgrade)(config, version)

    async with database.engine.begin() as connection:
        await connection.run_sync(move)


async def test_what_was_in_the_clear_is_sealed_and_can_be_opened_again(database: Database) -> None:
    seals = Seals(keys_in(new_key()))
    await to(database, "0004", seals)
    async with database.engine.begin() as connection:
        await connection.execute(text(MADE.format("sub_1", "AAAA", "NULL")))
        await connection.execute(text(MADE.format("sub_2", "BBBB", "'whsec_CCCC'")))
    with pytest.raises(NoKey, match="ESCALATOR_SECRETS_KEY"):
        await schema.migrate(database)
    assert await schema.present(database) == "0004"
    await schema.migrate(database, seals)
    async with database.connection() as plain:
        (one, none), (two, three) = await plain.fetch(SECRETS)
    assert none is None
    assert seals.open(one, about_secret("sub_1")) == "whsec_AAAA"
    assert seals.open(two, about_secret("sub_2")) == "whsec_BBBB"
    assert seals.open(three, about_secret("sub_2")) == "whsec_CCCC"
    await to(database, "0004", seals)
    async with database.connection() as plain:
        rows = [tuple(row) for row in await plain.fetch(SECRETS)]
    assert rows == [("whsec_AAAA", None), ("whsec_BBBB", "whsec_CCCC")]


async def test_without_subscriptions_no_key_is_needed(database: Database) -> None:
    await to(database, "0004", Seals(()))
    await schema.migrate(database)
    assert await schema.present(database) == schema.needed()
