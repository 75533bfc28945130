-- Something was delivered.
UPDATE subscriptions
SET breaker = 'closed', breaker_since = $2, next_probe_at = NULL, probes_failed = 0
WHERE subscription_id = ANY ($1::text[])
  AND breaker <> 'closed'
