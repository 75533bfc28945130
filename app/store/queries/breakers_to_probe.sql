-- Those of these breakers whose probe is due, and that no other replica is about to probe.
SELECT subscription_id
FROM subscriptions
WHERE subscription_id = ANY ($1::text[])
  AND breaker <> 'closed'
  AND next_probe_at <= $2
FOR UPDATE SKIP LOCKED
