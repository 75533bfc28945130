-- Null leaves a member as it is. Enabling takes away the reason it was disabled for.
UPDATE subscriptions
SET url = coalesce($2, url),
    format = coalesce($3, format),
    roles = coalesce($4, roles),
    types = coalesce($5, types),
    policies = coalesce($6, policies),
    severities = coalesce($7, severities),
    enabled = coalesce($8, enabled),
    disabled_reason = CASE WHEN $8 IS NULL THEN disabled_reason END
WHERE subscription_id = $1
RETURNING *
