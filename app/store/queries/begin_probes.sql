-- One delivery is attempted until the lease $2 ends; who dies meanwhile leaves the next one due.
UPDATE subscriptions
SET breaker = 'half_open', next_probe_at = $2
WHERE subscription_id = ANY ($1::text[])
  AND breaker <> 'closed'
