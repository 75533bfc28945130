-- The state of tickets, their rows locked in one order so that two replicas cannot deadlock.
SELECT t.ticket_id, t.version, t.policy_id, t.policy_version, t.state_format, t.state
FROM unnest($1::smallint[], $2::text[]) AS wanted (bucket, ticket_id)
JOIN tickets AS t USING (bucket, ticket_id)
ORDER BY t.bucket, t.ticket_id
FOR UPDATE OF t
