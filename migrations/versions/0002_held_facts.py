"""Facts that are recorded and without effect: held for their ticket's opening, or left out."""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    """
    CREATE TABLE held_facts (
        bucket      smallint    NOT NULL,
        ticket_id   text        NOT NULL,
        version     bigint      NOT NULL,
        position    bigint      NOT NULL,
        type        text        NOT NULL,
        source      text        NOT NULL,
        event_id    text        NOT NULL,
        recorded_at timestamptz NOT NULL,
        reason      text,
        PRIMARY KEY (bucket, ticket_id, version)
    )
    """,
    "CREATE INDEX held_facts_position ON held_facts (position)",
    "COMMENT ON COLUMN held_facts.reason IS 'why it is left out; null while it waits'",
)


def upgrade() -> None:
    """Creates the list of held facts; there are none yet."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """What is held stands in the log all the same."""
    op.execute("DROP TABLE held_facts")
