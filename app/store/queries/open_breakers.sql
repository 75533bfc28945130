-- Too many failures in a row: nothing more is sent, until a probe. One that is open stays as it is,
-- and the failures of an address that was left say nothing of the one there is now.
UPDATE subscriptions AS s
SET breaker = 'open', breaker_since = $4, probes_failed = 0, next_probe_at = tripped.probe_at
FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS tripped (subscription_id, url, probe_at)
WHERE s.subscription_id = tripped.subscription_id
  AND s.url = tripped.url
  AND s.breaker = 'closed'
