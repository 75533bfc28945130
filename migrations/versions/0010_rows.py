"""Rows as statements take them, many at a time; and a ticket's state as text."""

from alembic import op

revision = "0010"
down_revision = "0009"

STATEMENTS = (
    "ALTER TABLE tickets ALTER COLUMN state TYPE text",
    """
    CREATE TYPE ticket_row AS (
        bucket smallint, ticket_id text, version bigint, policy_id text, policy_version text,
        severity text, plan text, status text, line text, opened_at timestamptz,
        next_due_at timestamptz, tier smallint, running text, paused text, breached text,
        state_format smallint, state text, ahead_at text, ahead text, onward_at text,
        onward text, judged_from timestamptz
    )
    """,
    """
    CREATE TYPE event_row AS (
        bucket smallint, ticket_id text, version bigint, position bigint, type text, source text,
        event_id text,
        time timestamptz, policy_id text, policy_version text, data json
    )
    """,
    """
    CREATE TYPE escalation_row AS (
        bucket smallint, escalation_id text, ticket_id text, version bigint, position bigint,
        policy_id text, clock text, kind text, tier smallint, role text, raised_at timestamptz,
        unheard boolean
    )
    """,
    """
    CREATE TYPE delivery_row AS (
        bucket smallint, delivery_id text, subscription_id text, ticket_id text, event_id text,
        sequence bigint
    )
    """,
    "CREATE TYPE words_row AS (bucket smallint, ticket_id text, words text)",
    """
    CREATE TYPE outcome_row AS (
        bucket smallint, ticket_id text, clock text, cycle integer, result text, commitment text,
        policy_id text, policy_version text, severity text, plan text, line text,
        started_at timestamptz, ended_at timestamptz, due_at timestamptz,
        breached_at timestamptz, goal text, elapsed_seconds double precision,
        remaining_seconds double precision, paused_seconds double precision,
        verdict text, customer_seconds double precision, lines json
    )
    """,
)


def upgrade() -> None:
    """States are written anew where another format is met."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """States of another format are written anew where they are met."""
    for name in (
        "ticket_row",
        "event_row",
        "escalation_row",
        "delivery_row",
        "outcome_row",
        "words_row",
    ):
        op.execute(f"DROP TYPE {name}")
    op.execute("ALTER TABLE tickets ALTER COLUMN state TYPE json USING state::json")
