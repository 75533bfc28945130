-- Who of these subscriptions was told of escalations: of one by its id, or of a clock's latest.
SELECT DISTINCT ON (wanted.place, d.subscription_id)
       wanted.place, d.subscription_id, x.escalation_id
FROM unnest($1::smallint[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
     AS wanted (bucket, ticket_id, escalation_id, clock, place)
JOIN escalations AS x
  ON x.bucket = wanted.bucket
 AND x.ticket_id = wanted.ticket_id
 AND (x.escalation_id = wanted.escalation_id OR x.clock = wanted.clock)
JOIN deliveries AS d
  ON d.bucket = x.bucket
 AND d.ticket_id = x.ticket_id
 AND d.event_id = x.escalation_id
WHERE d.subscription_id = ANY ($5::text[])
ORDER BY wanted.place, d.subscription_id, x.version DESC
