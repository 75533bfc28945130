SELECT e.ticket_id, e.escalation_id
FROM unnest($1::smallint[], $2::text[], $3::text[]) AS wanted (bucket, ticket_id, escalation_id)
JOIN escalations AS e USING (bucket, escalation_id)
WHERE e.ticket_id = wanted.ticket_id
