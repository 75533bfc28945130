-- A new secret; the one before signs too until $3. Unless it is wanted so ($6) nothing is done while
-- an older one still signs at $5: it would be dropped.
UPDATE subscriptions
SET secret = $2, previous_secret = secret, previous_secret_until = $3, public_key = $4
WHERE subscription_id = $1
  AND ($6 OR previous_secret_until IS NULL OR previous_secret_until <= $5)
RETURNING *
