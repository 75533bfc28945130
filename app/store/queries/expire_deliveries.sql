-- What waited for 72 hours ($3) behind an open breaker is dead: counted from the first attempt or,
-- where none was made, from when it was queued.
UPDATE deliveries AS d
SET status = 'dead', due_at = $4, settled_at = $4
WHERE d.ctid = ANY (ARRAY(
        SELECT e.ctid
        FROM deliveries AS e
        JOIN subscriptions AS s USING (subscription_id)
        WHERE e.subscription_id = ANY ($2::text[])
          AND e.status = 'pending'
          AND e.bucket = ANY ($1::smallint[])
          AND e.due_at <= $4
          AND coalesce(e.first_attempt_at, e.queued_at) < $3
          AND s.enabled
          AND s.breaker <> 'closed'
        LIMIT 1000
        FOR UPDATE OF e SKIP LOCKED))
  AND d.bucket = ANY ($1)
RETURNING d.subscription_id
