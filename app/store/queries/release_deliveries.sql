-- Leases given back: others may claim these at once.
UPDATE deliveries AS d
SET due_at = $4
FROM unnest($1::smallint[], $2::text[], $3::timestamptz[])
     AS unsent (bucket, delivery_id, lease)
WHERE d.bucket = unsent.bucket
  AND d.delivery_id = unsent.delivery_id
  AND d.status = 'pending'
  AND d.due_at = unsent.lease
