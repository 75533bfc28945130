UPDATE subscriptions
SET secret = $2, previous_secret = secret, previous_secret_until = $3, public_key = $4
WHERE subscription_id = $1
RETURNING *
