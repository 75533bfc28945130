-- Null leaves a member as it is. Enabling takes away the reason it was disabled for; enabling, and
-- another address, close the breaker.
UPDATE subscriptions
SET url = coalesce($2, url),
    format = coalesce($3, format),
    roles = coalesce($4, roles),
    types = coalesce($5, types),
    policies = coalesce($6, policies),
    severities = coalesce($7, severities),
    enabled = coalesce($8, enabled),
    disabled_reason = CASE WHEN $8 IS NULL THEN disabled_reason END,
    unheard = coalesce($9, unheard),
    options = coalesce($10, options),
    breaker = CASE WHEN $2 IS NULL AND $8 IS NOT TRUE THEN breaker ELSE 'closed' END,
    breaker_since = CASE WHEN breaker = 'closed' OR ($2 IS NULL AND $8 IS NOT TRUE)
                         THEN breaker_since ELSE clock_timestamp() END,
    next_probe_at = CASE WHEN $2 IS NULL AND $8 IS NOT TRUE THEN next_probe_at END,
    probes_failed = CASE WHEN $2 IS NULL AND $8 IS NOT TRUE THEN probes_failed ELSE 0 END
WHERE subscription_id = $1
RETURNING *
