-- The database's clock, and when the next mark is due.
SELECT clock_timestamp() AS now,
       (SELECT min(next_due_at) FROM tickets
        WHERE next_due_at IS NOT NULL AND ticket_id <> ALL ($1::text[])) AS next_due_at
