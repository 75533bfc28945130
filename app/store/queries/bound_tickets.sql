-- By which version of which policy these tickets are judged.
SELECT t.ticket_id, t.policy_id, t.policy_version, t.status
FROM unnest($1::smallint[], $2::text[]) AS wanted (bucket, ticket_id)
JOIN tickets AS t USING (bucket, ticket_id)
