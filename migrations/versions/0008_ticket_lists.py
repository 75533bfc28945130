"""Lists that an index gives in order: docs/decisions/0013; and the words tickets are found by."""

import msgspec
from alembic import op
from sqlalchemy import text

from app.projections.ticket_words import words_in

revision = "0008"
down_revision = "0007"

STATEMENTS = (
    # The alarm, and the list by next mark; what follows the id is looked at without the row.
    "DROP INDEX tickets_next_due",
    """
    CREATE INDEX tickets_next_due
    ON tickets (next_due_at, ticket_id, opened_at, cardinality(breached), cardinality(paused))
    """,
    "CREATE INDEX tickets_policy ON tickets (policy_id, next_due_at, ticket_id)",
    # Keys may be bound to policies, so any filter may come with one.
    "CREATE INDEX tickets_severity ON tickets (severity, next_due_at, ticket_id, policy_id)",
    "DROP INDEX tickets_status",
    "CREATE INDEX tickets_status ON tickets (status, next_due_at, ticket_id, policy_id)",
    """
    CREATE INDEX tickets_plan ON tickets (plan, next_due_at, ticket_id, policy_id)
    WHERE plan IS NOT NULL
    """,
    """
    CREATE INDEX tickets_line ON tickets (line, next_due_at, ticket_id, policy_id)
    WHERE line IS NOT NULL
    """,
    # Of sets of clocks there are few, so that each can be asked for.
    "DROP INDEX tickets_breached",
    """
    CREATE INDEX tickets_breached ON tickets (breached, next_due_at, ticket_id)
    WHERE cardinality(breached) > 0
    """,
    "DROP INDEX tickets_paused",
    """
    CREATE INDEX tickets_paused ON tickets (paused, next_due_at, ticket_id)
    WHERE cardinality(paused) > 0
    """,
    "CREATE INDEX tickets_tier ON tickets (tier, next_due_at, ticket_id) WHERE tier > 0",
    """
    CREATE INDEX tickets_under_way ON tickets ((running || paused), next_due_at, ticket_id)
    WHERE cardinality(running || paused) > 0
    """,
    # Every other filter of a list by opening is looked at without the row.
    "DROP INDEX tickets_opened",
    """
    CREATE INDEX tickets_opened
    ON tickets (opened_at, ticket_id, policy_id, severity, plan, status, line, tier,
                cardinality(breached), cardinality(paused), cardinality(running || paused),
                next_due_at)
    """,
    # Which values go together: a policy's severities are of no other.
    "CREATE STATISTICS tickets_facets (mcv) ON policy_id, severity, plan, line FROM tickets",
    """
    CREATE TABLE ticket_words (
        bucket    smallint NOT NULL,
        ticket_id text     NOT NULL,
        words     tsvector NOT NULL,
        PRIMARY KEY (bucket, ticket_id)
    )
    """,
    # What has come lately is kept apart in a list: short, since searches read all of it.
    """
    CREATE INDEX ticket_words_words ON ticket_words USING gin (words)
    WITH (gin_pending_list_limit = 256)
    """,
    "COMMENT ON TABLE ticket_words IS 'where words begin in the id, title and customer'",
    "DROP INDEX escalations_raised",
    """
    CREATE INDEX escalations_raised
    ON escalations (raised_at, position, role, policy_id, clock, tier, acknowledged_at)
    """,
    "DROP INDEX deliveries_created",
    """
    CREATE INDEX deliveries_created
    ON deliveries (created_at, delivery_id, subscription_id, status)
    """,
    "DROP INDEX deliveries_undelivered",
    """
    CREATE INDEX deliveries_undelivered
    ON deliveries (created_at, delivery_id, subscription_id, status)
    WHERE status IN ('failed', 'dead')
    """,
)
TAKE_AWAY = (
    "DROP INDEX deliveries_undelivered",
    """
    CREATE INDEX deliveries_undelivered ON deliveries (created_at)
    WHERE status IN ('failed', 'dead')
    """,
    "DROP INDEX deliveries_created",
    "CREATE INDEX deliveries_created ON deliveries (created_at)",
    "DROP INDEX escalations_raised",
    "CREATE INDEX escalations_raised ON escalations (raised_at, position)",
    "DROP TABLE ticket_words",
    "DROP STATISTICS tickets_facets",
    "DROP INDEX tickets_opened",
    "CREATE INDEX tickets_opened ON tickets (opened_at, ticket_id)",
    "DROP INDEX tickets_under_way, tickets_tier, tickets_line, tickets_plan",
    "DROP INDEX tickets_severity, tickets_policy, tickets_next_due, tickets_status",
    "CREATE INDEX tickets_next_due ON tickets (next_due_at, ticket_id)",
    "CREATE INDEX tickets_status ON tickets (status, next_due_at, ticket_id)",
    "DROP INDEX tickets_paused, tickets_breached",
    "CREATE INDEX tickets_paused ON tickets (next_due_at, ticket_id) WHERE cardinality(paused) > 0",
    """
    CREATE INDEX tickets_breached ON tickets (next_due_at, ticket_id)
    WHERE cardinality(breached) > 0
    """,
)
READ = """
    SELECT bucket, ticket_id, state
    FROM tickets
    WHERE (bucket, ticket_id) > (:bucket, :ticket_id)
    ORDER BY bucket, ticket_id
    LIMIT 5000
"""
SAVE = """
    INSERT INTO ticket_words (bucket, ticket_id, words)
    SELECT bucket, ticket_id, array_to_tsvector(string_to_array(words, ' '))
    FROM unnest(CAST(:buckets AS smallint[]), CAST(:ids AS text[]), CAST(:words AS text[]))
         AS new (bucket, ticket_id, words)
"""


TITLE_AND_CUSTOMER = slice(11, 13)
"""Their places in an array."""


class Named(msgspec.Struct):
    """What a ticket's state says of its name."""

    title: str | None = None
    customer: str | None = None


def upgrade() -> None:
    """Makes the indexes, and takes the words of the tickets that are there."""
    for statement in STATEMENTS:
        op.execute(statement)
    bucket, ticket_id = -1, ""
    while rows := op.get_bind().execute(
        text(READ), {"bucket": bucket, "ticket_id": ticket_id}
    ).fetchall():  # fmt: skip
        words = [_words(row[1], _named(row[2])) for row in rows]
        op.get_bind().execute(
            text(SAVE),
            {"buckets": [row[0] for row in rows], "ids": [row[1] for row in rows], "words": words},
        )
        bucket, ticket_id = rows[-1][0], rows[-1][1]


def _named(state: str) -> Named:
    """Of an object; or of an array, as states are if the schema was a later one before."""
    if state.startswith("["):
        return Named(*msgspec.json.decode(state)[TITLE_AND_CUSTOMER])
    return msgspec.json.decode(state, type=Named)


def _words(ticket_id: str, named: Named) -> str:
    return " ".join(words_in(ticket_id, named.customer, named.title))


def downgrade() -> None:
    """Words are in the tickets' states all the same."""
    for statement in TAKE_AWAY:
        op.execute(statement)
