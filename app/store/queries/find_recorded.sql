-- Now, after the rows are locked (3); the lock that tells readers of the log where this transaction
-- may still write; which of these events the log holds already; and all it holds of tickets that
-- have no row, which are facts that came before their opening (22).
WITH entry AS MATERIALIZED (
    SELECT pg_advisory_xact_lock_shared(last_value) FROM event_position
)
SELECT clock_timestamp() AS now, e.ticket_id, e.version, e.position, e.type, e.source, e.event_id,
       e.time, e.recorded_at, e.policy_id, e.policy_version, e.data
FROM (SELECT count(*) FROM entry) AS entered
LEFT JOIN (
    SELECT e.*
    FROM unnest($1::smallint[], $2::text[], $3::text[], $4::text[])
             AS sent (bucket, ticket_id, source, event_id)
    JOIN events AS e USING (bucket, ticket_id, source, event_id)
    UNION ALL
    SELECT e.*
    FROM unnest($5::smallint[], $6::text[]) AS unopened (bucket, ticket_id)
    JOIN events AS e USING (bucket, ticket_id)
) AS e ON true
