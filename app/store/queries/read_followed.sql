-- Escalations, by id, with all that their subscribers are told of what became of them.
SELECT e.ticket_id, e.version, e.event_id, e.data::text AS data, e.recorded_at AS raised_at,
       x.acknowledged_at, x.acknowledged_by, x.retracted_at,
       t.policy_id, t.policy_version, t.state_format, t.state
FROM unnest($1::smallint[], $2::text[]) AS wanted (bucket, escalation_id)
JOIN escalations AS x USING (bucket, escalation_id)
JOIN events AS e USING (bucket, ticket_id, version)
JOIN tickets AS t USING (bucket, ticket_id)
