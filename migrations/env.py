"""Alembic's entry: it runs on the connection that ``app.store.schema`` hands it."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
