-- Every subscription with its breaker, how many deliveries wait for it ($2 at most of either kind are
-- looked at, those due first) and since when the oldest of them does.
SELECT clock_timestamp() AS now, s.subscription_id, s.enabled, s.breaker,
       first.waiting + again.waiting AS waiting,
       least(first.oldest, again.oldest) AS oldest
FROM subscriptions AS s
CROSS JOIN LATERAL (
    SELECT count(*) AS waiting, min(looked_at.queued_at) AS oldest
    FROM (SELECT d.queued_at
          FROM deliveries AS d
          WHERE d.subscription_id = s.subscription_id
            AND d.status = 'pending'
            AND d.first_attempt_at IS NULL
            AND d.bucket = ANY ($1::smallint[])
          ORDER BY d.due_at
          LIMIT $2) AS looked_at
) AS first
CROSS JOIN LATERAL (
    SELECT count(*) AS waiting, min(looked_at.queued_at) AS oldest
    FROM (SELECT d.queued_at
          FROM deliveries AS d
          WHERE d.subscription_id = s.subscription_id
            AND d.status = 'pending'
            AND d.first_attempt_at IS NOT NULL
            AND d.bucket = ANY ($1)
          ORDER BY d.due_at
          LIMIT $2) AS looked_at
) AS again
ORDER BY s.subscription_id
