-- Probes that failed, or were not made after all (`failed` 0), if they are still theirs to judge.
UPDATE subscriptions AS s
SET breaker = 'open', next_probe_at = ended.probe_at, probes_failed = s.probes_failed + ended.failed
FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::integer[])
     AS ended (subscription_id, lease, probe_at, failed)
WHERE s.subscription_id = ended.subscription_id
  AND s.breaker = 'half_open'
  AND s.next_probe_at = ended.lease
