-- The database's clock, and the enabled subscriptions, each with its breaker and with when something
-- waits for it next.
SELECT clock_timestamp() AS now, s.*,
       least(
           (SELECT min(d.due_at) FROM deliveries AS d
            WHERE d.subscription_id = s.subscription_id
              AND d.status = 'pending'
              AND d.first_attempt_at IS NULL
              AND d.bucket = ANY ($1::smallint[])),
           (SELECT min(d.due_at) FROM deliveries AS d
            WHERE d.subscription_id = s.subscription_id
              AND d.status = 'pending'
              AND d.first_attempt_at IS NOT NULL
              AND d.bucket = ANY ($1::smallint[]))) AS next_due_at
FROM subscriptions AS s
WHERE s.enabled
