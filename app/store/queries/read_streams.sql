-- The streams of several tickets, each in order.
SELECT ticket_id, version, position, type, source, event_id, time, recorded_at, policy_id,
       policy_version, data
FROM events
WHERE bucket = $1 AND ticket_id = ANY ($2::text[])
ORDER BY ticket_id, version
