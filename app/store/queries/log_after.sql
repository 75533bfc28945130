-- The log after a position, in its order.
SELECT e.bucket, e.ticket_id, e.version, e.position, e.type, e.source, e.event_id, e.time,
       e.recorded_at, e.policy_id, e.policy_version, e.data
FROM events AS e
WHERE e.position > $2 AND e.bucket = ANY ($1::smallint[])
ORDER BY e.position
LIMIT $3
