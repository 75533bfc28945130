-- The sealed secrets of all subscriptions, which stay as they are until the transaction's end.
SELECT subscription_id, secret, previous_secret, options
FROM subscriptions
ORDER BY subscription_id
FOR UPDATE
