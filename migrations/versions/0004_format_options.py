"""What a subscription says of its format: a template, a routing key."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    "ALTER TABLE subscriptions ADD COLUMN options json NOT NULL DEFAULT '{}'",
    "COMMENT ON COLUMN subscriptions.options IS 'of its format; those that are secret are sealed'",
)


def upgrade() -> None:
    """No format before had any option."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Formats that need options were not known before."""
    op.execute("DELETE FROM subscriptions WHERE format <> 'cloudevents'")
    op.execute("ALTER TABLE subscriptions DROP COLUMN options")
