DELETE FROM held_facts AS d
USING unnest($1::smallint[], $2::text[]) AS gone (bucket, ticket_id)
WHERE d.bucket = gone.bucket
  AND d.ticket_id = gone.ticket_id
