-- Subscriptions whose receiver wants no more; not those that have been given another since.
UPDATE subscriptions AS s
SET enabled = false, disabled_reason = $3
FROM unnest($1::text[], $2::text[]) AS gone (subscription_id, url)
WHERE s.subscription_id = gone.subscription_id
  AND s.url = gone.url
  AND s.enabled
