-- Now, after the rows are locked (3); the lock that tells readers of the log where this transaction
-- may still write; and which of these events the log holds already.
WITH entry AS MATERIALIZED (
    SELECT pg_advisory_xact_lock_shared(last_value) FROM event_position
)
SELECT clock_timestamp() AS now, e.ticket_id, e.source, e.event_id,
       e.version, e.position, e.type, e.time, e.data
FROM (SELECT count(*) FROM entry) AS entered
LEFT JOIN (
    unnest($1::smallint[], $2::text[], $3::text[], $4::text[])
        AS sent (bucket, ticket_id, source, event_id)
    JOIN events AS e USING (bucket, ticket_id, source, event_id)
) ON true
