-- In the order they were made, those after the one that was made at $1 and is called $2.
SELECT *
FROM subscriptions
WHERE (created_at, subscription_id) > ($1::timestamptz, $2::text)
ORDER BY created_at, subscription_id
LIMIT $3
