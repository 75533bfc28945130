-- One ticket's events, in order.
SELECT ticket_id, version, position, type, source, event_id, time, recorded_at, policy_id,
       policy_version, data
FROM events
WHERE bucket = $1 AND ticket_id = $2 AND version > $3
ORDER BY version
LIMIT $4
