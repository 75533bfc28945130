"""Secrets of subscriptions, sealed under a key that is not in the database; and public keys."""

from alembic import context, op
from sqlalchemy import text

from app.store.sealed import Seals

revision = "0005"
down_revision = "0004"

ADD = (
    "ALTER TABLE subscriptions ADD COLUMN public_key text",
    "COMMENT ON COLUMN subscriptions.public_key IS 'of v1a; null where receivers have the secret'",
    "COMMENT ON COLUMN subscriptions.secret IS 'sealed: docs/decisions/0010'",
    """
    ALTER TABLE subscriptions ADD CONSTRAINT subscriptions_sealed
    CHECK (secret LIKE 'sealed:%' AND previous_secret LIKE 'sealed:%')
    """,
)
TAKE_AWAY = (
    "ALTER TABLE subscriptions DROP CONSTRAINT subscriptions_sealed",
    "ALTER TABLE subscriptions DROP COLUMN public_key",
    "COMMENT ON COLUMN subscriptions.secret IS NULL",
)
SAVE = """
    UPDATE subscriptions SET secret = :secret, previous_secret = :previous
    WHERE subscription_id = :id
"""


def upgrade() -> None:
    """Seals what is there; that needs the key."""
    seals: Seals = context.config.attributes["seals"]
    for id_, *secrets in _rows():
        _save(id_, [seals.seal(each, _about(id_)) if each else None for each in secrets])
    for statement in ADD:
        op.execute(statement)


def downgrade() -> None:
    """Opens what is sealed; subscriptions that are signed by ed25519 were not known before."""
    seals: Seals = context.config.attributes["seals"]
    op.execute("DELETE FROM subscriptions WHERE public_key IS NOT NULL")
    for statement in TAKE_AWAY:
        op.execute(statement)
    for id_, *secrets in _rows():
        _save(id_, [seals.open(each, _about(id_)) if each else None for each in secrets])


def _rows() -> list[tuple[str, str, str | None]]:
    found = op.get_bind().execute(
        text("SELECT subscription_id, secret, previous_secret FROM subscriptions FOR UPDATE")
    )
    return [(row[0], row[1], row[2]) for row in found]


def _save(id_: str, secrets: list[str | None]) -> None:
    secret, previous = secrets
    op.get_bind().execute(text(SAVE), {"id": id_, "secret": secret, "previous": previous})


def _about(subscription_id: str) -> str:
    return f"secret of subscription {subscription_id}"
