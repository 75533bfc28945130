SELECT *
FROM subscriptions
WHERE subscription_id = $1
