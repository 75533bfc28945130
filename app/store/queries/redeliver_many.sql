-- Some of those that have failed or are dead, and match, are pending again, in line as if created now.
-- `where`, `now` and `limit` are put in by `deliveries.py`, values never.
UPDATE deliveries AS d
SET status = 'pending', queued_at = {now}, due_at = {now}, first_attempt_at = NULL,
    settled_at = NULL
FROM (
    SELECT d.bucket, d.delivery_id
    FROM deliveries AS d
    WHERE {where}
      AND EXISTS (SELECT FROM subscriptions AS s WHERE s.subscription_id = d.subscription_id)
    ORDER BY d.created_at
    LIMIT {limit}
    FOR UPDATE OF d SKIP LOCKED
) AS again
WHERE d.bucket = again.bucket
  AND d.delivery_id = again.delivery_id
