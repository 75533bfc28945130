INSERT INTO subscriptions (subscription_id, url, format, secret, roles, types, policies, severities,
                           enabled, unheard, options, created_at, breaker_since, public_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13)
RETURNING *
