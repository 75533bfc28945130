-- An escalation by its id alone, which does not say its bucket.
SELECT x.raised_at, x.acknowledged_at, x.acknowledged_by, x.retracted_at, e.data
FROM escalations AS x
JOIN events AS e USING (bucket, ticket_id, version)
WHERE x.bucket = ANY ($1::smallint[]) AND x.escalation_id = $2
