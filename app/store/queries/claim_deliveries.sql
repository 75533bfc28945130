-- Deliveries that are due, as many of each subscription as it has room for, leased until $5. Those
-- another replica is claiming are its own. One waits for an earlier one of its ticket and
-- subscription that is younger than 60 seconds ($6), that is due itself and so goes first, or
-- whose first attempt was begun a moment ago (its lease ends after $7).
WITH due AS MATERIALIZED (
    SELECT claimable.place
    FROM unnest($1::text[], $2::integer[]) AS lane (subscription_id, room)
    CROSS JOIN LATERAL (
        SELECT d.ctid AS place
        FROM deliveries AS d
        WHERE d.subscription_id = lane.subscription_id
          AND d.status = 'pending'
          AND d.due_at <= $3
          AND d.bucket = ANY ($4::smallint[])
          AND (SELECT e.sequence
               FROM deliveries AS e
               WHERE e.bucket = d.bucket
                 AND e.ticket_id = d.ticket_id
                 AND e.subscription_id = d.subscription_id
                 AND e.status = 'pending'
                 AND e.sequence < d.sequence
                 AND (e.queued_at > $6
                      OR e.due_at <= $3
                      OR (e.first_attempt_at IS NULL AND e.due_at > $7))
               ORDER BY e.sequence
               LIMIT 1) IS NULL
        ORDER BY d.due_at
        LIMIT lane.room
        FOR UPDATE OF d SKIP LOCKED
    ) AS claimable
)
UPDATE deliveries AS d
SET due_at = $5
WHERE d.ctid = ANY (ARRAY(SELECT due.place FROM due))
  AND d.bucket = ANY ($4)
RETURNING d.bucket, d.delivery_id, d.subscription_id, d.ticket_id, d.event_id, d.sequence,
          d.first_attempt_at
