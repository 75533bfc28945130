-- The streams of several tickets of any buckets, each in order.
SELECT e.ticket_id, e.version, e.position, e.type, e.source, e.event_id, e.time, e.recorded_at,
       e.policy_id, e.policy_version, e.data
FROM unnest($1::smallint[], $2::text[]) AS wanted (bucket, ticket_id)
JOIN events AS e USING (bucket, ticket_id)
ORDER BY e.ticket_id, e.version
