DELETE FROM subscriptions
WHERE subscription_id = $1
RETURNING subscription_id
