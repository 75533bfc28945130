"""Keys; and versions of policies that become current on a date."""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    """
    CREATE TABLE api_keys (
        key_id          text        PRIMARY KEY,
        name            text        NOT NULL,
        secret_hash     bytea       NOT NULL,
        scopes          text[]      NOT NULL,
        policies        text[],
        events_a_second integer,
        created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
        last_used_at    timestamptz,
        revoked_at      timestamptz
    )
    """,
    "CREATE UNIQUE INDEX api_keys_name ON api_keys (name) WHERE revoked_at IS NULL",
    "CREATE INDEX api_keys_created ON api_keys (created_at, key_id)",
    "COMMENT ON COLUMN api_keys.policies IS 'the policies it is bound to; null for all'",
    "ALTER TABLE current_policies DROP CONSTRAINT current_policies_pkey",
    "ALTER TABLE current_policies ADD PRIMARY KEY (policy_id, since)",
    "ALTER TABLE current_policies RENAME TO policies_in_force",
    "COMMENT ON COLUMN policies_in_force.since IS 'current from then on, until the next one is'",
)


def upgrade() -> None:
    """Adds both; what is current stays so."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Keys are forgotten; of each policy only what is current is kept."""
    op.execute(
        "DELETE FROM policies_in_force AS f USING policies_in_force AS later"
        " WHERE later.policy_id = f.policy_id AND later.since > f.since"
        " OR f.since > clock_timestamp()"
    )
    op.execute("ALTER TABLE policies_in_force RENAME TO current_policies")
    op.execute("ALTER TABLE current_policies DROP CONSTRAINT current_policies_pkey")
    op.execute("ALTER TABLE current_policies ADD PRIMARY KEY (policy_id)")
    op.execute("DROP TABLE api_keys")
