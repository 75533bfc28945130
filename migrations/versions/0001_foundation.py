"""The log, the tickets, and what follows from them.

Every table about tickets begins its keys with ``bucket``, a stable hash of the ticket's id modulo
64: what hash partitions and a distributed PostgreSQL need.
"""

from alembic import op

revision = "0001"
down_revision = None

STATEMENTS = (
    # Positions of the log. Called once, so that `last_value` is always a position already drawn.
    "CREATE SEQUENCE event_position MINVALUE 0 START WITH 0",
    "SELECT nextval('event_position')",
    """
    CREATE TABLE events (
        bucket         smallint    NOT NULL,
        ticket_id      text        NOT NULL,
        version        bigint      NOT NULL,
        position       bigint      NOT NULL,
        type           text        NOT NULL,
        source         text        NOT NULL,
        event_id       text        NOT NULL,
        time           timestamptz,
        recorded_at    timestamptz NOT NULL,
        policy_id      text,
        policy_version text,
        data           json        NOT NULL,
        PRIMARY KEY (bucket, ticket_id, version),
        CONSTRAINT events_identity UNIQUE (bucket, ticket_id, source, event_id)
    )
    """,
    "CREATE INDEX events_position ON events (position)",
    "CREATE INDEX events_recorded ON events USING brin (recorded_at)",
    "COMMENT ON COLUMN events.time IS 'when it happened, as sent; null where it was left out'",
    "COMMENT ON COLUMN events.policy_id IS 'of an opening: the policy it is judged by'",
    """
    CREATE TABLE tickets (
        bucket          smallint    NOT NULL,
        ticket_id       text        NOT NULL,
        version         bigint      NOT NULL,
        policy_id       text        NOT NULL,
        policy_version  text        NOT NULL,
        severity        text        NOT NULL,
        plan            text,
        status          text        NOT NULL,
        line            text,
        opened_at       timestamptz NOT NULL,
        next_due_at     timestamptz,
        tier            smallint    NOT NULL,
        running         text[]      NOT NULL,
        paused          text[]      NOT NULL,
        breached        text[]      NOT NULL,
        state_format    smallint    NOT NULL,
        state           json        NOT NULL,
        PRIMARY KEY (bucket, ticket_id)
    ) WITH (fillfactor = 80)
    """,
    # The alarm: what is due, earliest first. And the list by next mark, those without one last.
    "CREATE INDEX tickets_next_due ON tickets (next_due_at, ticket_id)",
    # A status says much about the next mark: where the work is over there is none.
    "CREATE INDEX tickets_status ON tickets (status, next_due_at, ticket_id)",
    "CREATE INDEX tickets_opened ON tickets (opened_at, ticket_id)",
    # Few tickets, we hope, and seldom those whose mark comes next.
    "CREATE INDEX tickets_paused ON tickets (next_due_at, ticket_id) WHERE cardinality(paused) > 0",
    """
    CREATE INDEX tickets_breached ON tickets (next_due_at, ticket_id)
    WHERE cardinality(breached) > 0
    """,
    "COMMENT ON COLUMN tickets.running IS 'clocks whose current cycle runs; likewise the next two'",
    """
    CREATE TABLE escalations (
        bucket          smallint    NOT NULL,
        escalation_id   text        NOT NULL,
        ticket_id       text        NOT NULL,
        version         bigint      NOT NULL,
        position        bigint      NOT NULL,
        policy_id       text        NOT NULL,
        clock           text,
        kind            text        NOT NULL,
        tier            smallint,
        role            text,
        raised_at       timestamptz NOT NULL,
        unheard         boolean     NOT NULL,
        acknowledged_at timestamptz,
        acknowledged_by text,
        retracted_at    timestamptz,
        PRIMARY KEY (bucket, escalation_id)
    )
    """,
    "CREATE INDEX escalations_ticket ON escalations (bucket, ticket_id, version)",
    "CREATE INDEX escalations_raised ON escalations (raised_at, position)",
    "CREATE INDEX escalations_unheard ON escalations (raised_at) WHERE unheard",
    """
    CREATE TABLE outcomes (
        bucket            smallint         NOT NULL,
        ticket_id         text             NOT NULL,
        clock             text             NOT NULL,
        cycle             integer          NOT NULL,
        result            text             NOT NULL,
        commitment        text             NOT NULL,
        policy_id         text             NOT NULL,
        policy_version    text             NOT NULL,
        severity          text             NOT NULL,
        plan              text,
        line              text,
        started_at        timestamptz      NOT NULL,
        ended_at          timestamptz      NOT NULL,
        due_at            timestamptz,
        breached_at       timestamptz,
        goal              text,
        elapsed_seconds   double precision NOT NULL,
        remaining_seconds double precision,
        paused_seconds    double precision NOT NULL,
        PRIMARY KEY (bucket, ticket_id, clock, cycle)
    )
    """,
    """
    CREATE TABLE policies (
        policy_id     text        NOT NULL,
        version       text        NOT NULL,
        content       json        NOT NULL,
        registered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (policy_id, version)
    )
    """,
    """
    CREATE TABLE current_policies (
        policy_id text        PRIMARY KEY,
        version   text        NOT NULL,
        since     timestamptz NOT NULL DEFAULT clock_timestamp()
    )
    """,
    """
    CREATE TABLE subscriptions (
        subscription_id       text        PRIMARY KEY,
        url                   text        NOT NULL,
        format                text        NOT NULL,
        secret                text        NOT NULL,
        previous_secret       text,
        previous_secret_until timestamptz,
        roles                 text[]      NOT NULL,
        types                 text[]      NOT NULL,
        policies              text[]      NOT NULL,
        severities            text[]      NOT NULL,
        enabled               boolean     NOT NULL,
        disabled_reason       text,
        created_at            timestamptz NOT NULL DEFAULT clock_timestamp()
    )
    """,
    """
    CREATE TABLE deliveries (
        bucket           smallint    NOT NULL,
        delivery_id      text        NOT NULL,
        subscription_id  text        NOT NULL,
        ticket_id        text        NOT NULL,
        event_id         text        NOT NULL,
        sequence         bigint      NOT NULL,
        status           text        NOT NULL,
        attempts         integer     NOT NULL DEFAULT 0,
        created_at       timestamptz NOT NULL,
        queued_at        timestamptz NOT NULL,
        due_at           timestamptz NOT NULL,
        first_attempt_at timestamptz,
        settled_at       timestamptz,
        PRIMARY KEY (bucket, delivery_id)
    )
    """,
    # What waits for a subscriber: one that is disabled or hangs is passed over in one step.
    """
    CREATE INDEX deliveries_waiting ON deliveries (subscription_id, due_at)
    WHERE status = 'pending'
    """,
    """
    CREATE INDEX deliveries_in_order ON deliveries (bucket, ticket_id, subscription_id, sequence)
    WHERE status = 'pending'
    """,
    "CREATE INDEX deliveries_created ON deliveries (created_at)",
    "CREATE INDEX deliveries_ticket ON deliveries (bucket, ticket_id)",
    """
    CREATE INDEX deliveries_undelivered ON deliveries (created_at)
    WHERE status IN ('failed', 'dead')
    """,
    "COMMENT ON COLUMN deliveries.queued_at IS 'created, or last set pending again by hand'",
    "COMMENT ON COLUMN deliveries.sequence IS 'the event''s version in its ticket''s stream'",
    "COMMENT ON COLUMN deliveries.due_at IS 'the next attempt; during one, the end of its lease'",
    """
    CREATE TABLE delivery_attempts (
        bucket       smallint         NOT NULL,
        delivery_id  text             NOT NULL,
        attempt      integer          NOT NULL,
        at           timestamptz      NOT NULL,
        status       integer,
        took_seconds double precision NOT NULL,
        error        text,
        answer       text             NOT NULL,
        PRIMARY KEY (bucket, delivery_id, attempt)
    )
    """,
)


def upgrade() -> None:
    """Creates everything."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """There is nothing before the first version."""
    raise NotImplementedError("the first version has nothing before it")
