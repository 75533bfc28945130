-- SLA events with all that their subscribers are told of them.
SELECT e.ticket_id, e.version, e.data::text AS data, e.recorded_at AS raised_at,
       x.acknowledged_at, x.acknowledged_by, x.retracted_at,
       t.policy_id, t.policy_version, t.state_format, t.state
FROM unnest($1::smallint[], $2::text[], $3::bigint[]) AS wanted (bucket, ticket_id, version)
JOIN events AS e USING (bucket, ticket_id, version)
JOIN tickets AS t USING (bucket, ticket_id)
LEFT JOIN escalations AS x ON x.bucket = e.bucket AND x.escalation_id = e.event_id
