-- Which of these SLA events nobody was told of, because they were backfilled (24).
SELECT e.ticket_id, e.event_id
FROM unnest($1::smallint[], $2::text[], $3::text[]) AS raised (bucket, ticket_id, event_id)
JOIN events AS e USING (bucket, ticket_id, event_id)
WHERE e.source = $4
  AND (e.data ->> 'silent')::boolean
