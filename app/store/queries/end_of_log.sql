-- The position of the last event that readers of the log may see.
SELECT e.position
FROM events AS e
WHERE e.bucket = ANY ($1::smallint[]) AND e.position <= $2
ORDER BY e.position DESC
LIMIT 1
