"""What each finished cycle counts as, and who had the ticket meanwhile."""

from alembic import op

revision = "0007"
down_revision = "0006"

STATEMENTS = (
    """
    ALTER TABLE outcomes
        ADD COLUMN verdict          text,
        ADD COLUMN customer_seconds double precision NOT NULL DEFAULT 0,
        ADD COLUMN lines            json
    """,
    "ALTER TABLE outcomes ALTER COLUMN customer_seconds DROP DEFAULT",
    "COMMENT ON COLUMN outcomes.verdict IS 'met or breached; null where attainment leaves it out'",
    "COMMENT ON COLUMN outcomes.customer_seconds IS 'while the ticket waited on the customer'",
    """
    COMMENT ON COLUMN outcomes.lines
    IS 'who had it: [[line, open seconds], ...]; null where that was its line all the time'
    """,
    """
    UPDATE outcomes AS o
    SET verdict = CASE
        WHEN o.breached_at IS NULL THEN 'met'
        WHEN o.result <> 'cancelled' THEN 'breached'
        WHEN NOT EXISTS (SELECT FROM events AS e
                         WHERE e.bucket = o.bucket
                           AND e.ticket_id = o.ticket_id
                           AND e.type = 'ticket.cancelled'
                           AND LEAST(e.time, e.recorded_at) = o.ended_at) THEN 'breached'
    END
    WHERE o.commitment <> 'reminder'
      AND (o.breached_at IS NOT NULL OR (o.result = 'met' AND o.goal IS NOT NULL))
    """,
    "CREATE INDEX outcomes_ended ON outcomes (ended_at) WHERE verdict IS NOT NULL",
)


def upgrade() -> None:
    """Old cycles get their verdicts; who had their tickets, only `escalator rebuild` can tell."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """What is not kept any more is forgotten."""
    op.execute("DROP INDEX outcomes_ended")
    op.execute(
        "ALTER TABLE outcomes DROP COLUMN verdict, DROP COLUMN customer_seconds, DROP COLUMN lines"
    )
