-- Pending again, in line as if created now; what was attempted before stays on record.
UPDATE deliveries AS d
SET status = 'pending', queued_at = $3, due_at = $3, first_attempt_at = NULL, settled_at = NULL
WHERE d.bucket = ANY ($1::smallint[])
  AND d.delivery_id = $2
  AND EXISTS (SELECT FROM subscriptions AS s WHERE s.subscription_id = d.subscription_id)
RETURNING d.bucket, d.delivery_id, d.subscription_id, d.ticket_id, d.event_id, d.sequence, d.status,
          d.created_at, d.due_at, d.settled_at
