-- The database's clock, and the enabled subscriptions, each with when something waits for it next.
SELECT clock_timestamp() AS now, s.subscription_id, s.url, s.format, s.secret, s.previous_secret,
       s.previous_secret_until,
       (SELECT min(d.due_at) FROM deliveries AS d
        WHERE d.subscription_id = s.subscription_id
          AND d.status = 'pending'
          AND d.bucket = ANY ($1::smallint[])) AS next_due_at
FROM subscriptions AS s
WHERE s.enabled
