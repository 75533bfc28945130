-- What waits for a subscription that is no more.
DELETE FROM deliveries AS d
WHERE d.status = 'pending'
  AND d.bucket = ANY ($1::smallint[])
  AND NOT EXISTS (
      SELECT FROM subscriptions AS s
      WHERE s.subscription_id = d.subscription_id
  )
