INSERT INTO subscriptions (subscription_id, url, format, secret, roles, types, policies, severities,
                           enabled, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
RETURNING *
