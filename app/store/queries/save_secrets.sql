-- The same secrets, sealed with another key.
UPDATE subscriptions
SET secret = $2, previous_secret = $3, options = $4
WHERE subscription_id = $1
