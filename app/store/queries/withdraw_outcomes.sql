DELETE FROM outcomes AS o
USING unnest($1::smallint[], $2::text[], $3::text[], $4::integer[])
      AS gone (bucket, ticket_id, clock, cycle)
WHERE o.bucket = gone.bucket
  AND o.ticket_id = gone.ticket_id
  AND o.clock = gone.clock
  AND o.cycle = gone.cycle
