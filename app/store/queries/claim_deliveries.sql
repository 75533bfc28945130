-- Deliveries that are due, leased until $6: of each subscription as many first attempts and, beside
-- them, as many retries as it has room for. Those another replica is claiming are its own.
-- One waits for an earlier one of its ticket and subscription that is younger than 60 seconds ($7),
-- or that is due itself and so goes first, or whose first attempt was begun a moment ago (its lease
-- ends after $8). A retry that could have gone for 60 seconds is waited for no longer: it was due,
-- and the subscription was sent to (since `sent_to_since`).
WITH lane AS MATERIALIZED (
    SELECT *
    FROM unnest($1::text[], $2::integer[], $3::integer[], $9::timestamptz[])
         AS lane (subscription_id, first_room, again_room, sent_to_since)
), first AS MATERIALIZED (
    SELECT claimable.place
    FROM lane
    CROSS JOIN LATERAL (
        SELECT d.ctid AS place
        FROM deliveries AS d
        WHERE d.subscription_id = lane.subscription_id
          AND d.status = 'pending'
          AND d.first_attempt_at IS NULL
          AND d.due_at <= $4
          AND d.bucket = ANY ($5::smallint[])
          AND (SELECT e.sequence
               FROM deliveries AS e
               WHERE e.bucket = d.bucket
                 AND e.ticket_id = d.ticket_id
                 AND e.subscription_id = d.subscription_id
                 AND e.status = 'pending'
                 AND e.sequence < d.sequence
                 AND (e.queued_at > $7
                      OR (e.due_at <= $4 AND (e.first_attempt_at IS NULL
                                              OR greatest(e.due_at, lane.sent_to_since) > $7))
                      OR (e.first_attempt_at IS NULL AND e.due_at > $8))
               ORDER BY e.sequence
               LIMIT 1) IS NULL
        ORDER BY d.due_at
        LIMIT lane.first_room
        FOR UPDATE OF d SKIP LOCKED
    ) AS claimable
), again AS MATERIALIZED (
    SELECT claimable.place
    FROM lane
    CROSS JOIN LATERAL (
        SELECT d.ctid AS place
        FROM deliveries AS d
        WHERE d.subscription_id = lane.subscription_id
          AND d.status = 'pending'
          AND d.first_attempt_at IS NOT NULL
          AND d.due_at <= $4
          AND d.bucket = ANY ($5::smallint[])
          AND (SELECT e.sequence
               FROM deliveries AS e
               WHERE e.bucket = d.bucket
                 AND e.ticket_id = d.ticket_id
                 AND e.subscription_id = d.subscription_id
                 AND e.status = 'pending'
                 AND e.sequence < d.sequence
                 AND (e.queued_at > $7
                      OR (e.due_at <= $4 AND (e.first_attempt_at IS NULL
                                              OR greatest(e.due_at, lane.sent_to_since) > $7))
                      OR (e.first_attempt_at IS NULL AND e.due_at > $8))
               ORDER BY e.sequence
               LIMIT 1) IS NULL
        ORDER BY d.due_at
        LIMIT lane.again_room
        FOR UPDATE OF d SKIP LOCKED
    ) AS claimable
)
UPDATE deliveries AS d
SET due_at = $6
WHERE d.ctid = ANY (ARRAY(SELECT first.place FROM first UNION ALL SELECT again.place FROM again))
  AND d.bucket = ANY ($5)
RETURNING d.bucket, d.delivery_id, d.subscription_id, d.ticket_id, d.event_id, d.sequence,
          d.first_attempt_at
