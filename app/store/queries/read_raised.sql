-- The SLA events raised in a period, from a position of the log on, in its order.
SELECT e.position, e.ticket_id, e.version, e.recorded_at, e.data
FROM events AS e
WHERE e.position BETWEEN $5 AND $6
  AND e.recorded_at >= $2
  AND e.recorded_at < $3
  AND e.type = ANY ($4::text[])
  AND e.bucket = ANY ($1::smallint[])
ORDER BY e.position
LIMIT $7
