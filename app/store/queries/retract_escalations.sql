-- Marks what was retracted.
UPDATE escalations AS e
SET retracted_at = gone.at
FROM unnest($1::smallint[], $2::text[], $3::timestamptz[]) AS gone (bucket, escalation_id, at)
WHERE e.bucket = gone.bucket
  AND e.escalation_id = gone.escalation_id
