-- The sealed secrets of all subscriptions.
SELECT subscription_id, secret
FROM subscriptions
ORDER BY subscription_id
