"""Breakers, catch-alls, and first attempts that have an index of their own."""

from alembic import op

revision = "0006"
down_revision = "0005"

STATEMENTS = (
    """
    ALTER TABLE subscriptions
        ADD COLUMN unheard       boolean     NOT NULL DEFAULT false,
        ADD COLUMN breaker       text        NOT NULL DEFAULT 'closed',
        ADD COLUMN breaker_since timestamptz NOT NULL DEFAULT clock_timestamp(),
        ADD COLUMN next_probe_at timestamptz,
        ADD COLUMN probes_failed integer     NOT NULL DEFAULT 0
    """,
    "COMMENT ON COLUMN subscriptions.unheard IS 'whether it hears what no other one hears'",
    "COMMENT ON COLUMN subscriptions.breaker IS 'closed, open, or half_open during a probe'",
    """
    COMMENT ON COLUMN subscriptions.next_probe_at
    IS 'while it is not closed: the next probe; during one, the end of its lease'
    """,
    # Each delivery that waits stands in one of the two: to be attempted first, or again.
    """
    CREATE INDEX deliveries_first ON deliveries (subscription_id, due_at)
    WHERE status = 'pending' AND first_attempt_at IS NULL
    """,
    """
    CREATE INDEX deliveries_again ON deliveries (subscription_id, due_at)
    WHERE status = 'pending' AND first_attempt_at IS NOT NULL
    """,
    "DROP INDEX deliveries_waiting",
)


def upgrade() -> None:
    """Every breaker is closed, and no subscription is a catch-all."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """What a catch-all was is a subscription that hears everything: it is disabled."""
    op.execute("UPDATE subscriptions SET enabled = false WHERE unheard")
    op.execute(
        "CREATE INDEX deliveries_waiting ON deliveries (subscription_id, due_at)"
        " WHERE status = 'pending'"
    )
    op.execute("DROP INDEX deliveries_again")
    op.execute("DROP INDEX deliveries_first")
    op.execute(
        "ALTER TABLE subscriptions DROP COLUMN unheard, DROP COLUMN breaker,"
        " DROP COLUMN breaker_since, DROP COLUMN next_probe_at, DROP COLUMN probes_failed"
    )
