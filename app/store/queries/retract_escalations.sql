UPDATE escalations AS e
SET retracted_at = $3
FROM unnest($1::smallint[], $2::text[]) AS gone (bucket, escalation_id)
WHERE e.bucket = gone.bucket
  AND e.escalation_id = gone.escalation_id
  AND e.bucket = ANY ($1)
