-- Where in the log the SLA events lie that were raised in a period: the first and the last.
SELECT min(e.position) AS first, max(e.position) AS last
FROM events AS e
WHERE e.recorded_at >= $2
  AND e.recorded_at < $3
  AND e.type = ANY ($4::text[])
  AND e.bucket = ANY ($1::smallint[])
