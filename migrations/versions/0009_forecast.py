"""What every ticket will still raise, as columns that can be added up."""

from alembic import op

revision = "0009"
down_revision = "0008"

STATEMENTS = (
    # Null in rows written before: those tickets are judged one by one until they are written again.
    """
    ALTER TABLE tickets
        ADD COLUMN ahead_at    bigint[],
        ADD COLUMN ahead       integer[],
        ADD COLUMN onward_at   bigint[],
        ADD COLUMN onward      text[],
        ADD COLUMN judged_from timestamptz
    """,
    "COMMENT ON COLUMN tickets.ahead_at IS 'when marks to come are reached, microseconds of 1970'",
    "COMMENT ON COLUMN tickets.ahead IS 'which they are, by their number in the policy'",
    "COMMENT ON COLUMN tickets.onward_at IS 'when more follows, of repeating clocks and effects'",
    "COMMENT ON COLUMN tickets.onward IS 'of which, and all that hangs on besides that instant'",
    "COMMENT ON COLUMN tickets.judged_from IS 'from then on these columns do not tell all'",
)


def upgrade() -> None:
    """Rows are not rewritten; ``escalator rebuild`` does that."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """What is ahead is not known any more."""
    op.execute(
        "ALTER TABLE tickets DROP COLUMN ahead_at, DROP COLUMN ahead, DROP COLUMN onward_at,"
        " DROP COLUMN onward, DROP COLUMN judged_from"
    )
