-- The first acknowledgement stands.
UPDATE escalations AS e
SET acknowledged_at = said.at, acknowledged_by = said.by
FROM unnest($1::smallint[], $2::text[], $3::timestamptz[], $4::text[])
     AS said (bucket, escalation_id, at, by)
WHERE e.bucket = said.bucket
  AND e.escalation_id = said.escalation_id
  AND e.acknowledged_at IS NULL
