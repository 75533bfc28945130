-- What was told about a ticket up to a version of it.
SELECT e.data, x.raised_at, x.acknowledged_at, x.acknowledged_by, x.retracted_at
FROM escalations AS x
JOIN events AS e USING (bucket, ticket_id, version)
WHERE x.bucket = $1 AND x.ticket_id = $2 AND x.version <= $3
ORDER BY x.version
