-- The database's clock, and when the next mark is due of a ticket that is not set apart ($1), nor its
-- version of a policy ($2).
SELECT clock_timestamp() AS now,
       (SELECT min(next_due_at) FROM tickets
        WHERE next_due_at IS NOT NULL
          AND ticket_id <> ALL ($1::text[])
          AND policy_id || ' ' || policy_version <> ALL ($2::text[])) AS next_due_at
