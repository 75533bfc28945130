-- The log, from its beginning.
SELECT e.ticket_id, e.version, e.position, e.type, e.source, e.event_id, e.time, e.recorded_at,
       e.policy_id, e.policy_version, e.data
FROM events AS e
WHERE e.bucket = ANY ($1::smallint[])
ORDER BY e.position
