-- Deliveries that were made before are pending again, those that were not are created.
INSERT INTO deliveries AS d (bucket, delivery_id, subscription_id, ticket_id, event_id, sequence,
                             status, created_at, queued_at, due_at)
SELECT bucket, delivery_id, subscription_id, ticket_id, event_id, sequence, 'pending', $7, $7, $7
FROM unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
     AS again (bucket, delivery_id, subscription_id, ticket_id, event_id, sequence)
ON CONFLICT (bucket, delivery_id) DO UPDATE
SET status = 'pending', queued_at = $7, due_at = $7, first_attempt_at = NULL, settled_at = NULL
RETURNING d.xmax = 0 AS created
