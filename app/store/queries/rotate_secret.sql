UPDATE subscriptions
SET secret = $2, previous_secret = secret, previous_secret_until = $3
WHERE subscription_id = $1
RETURNING *
