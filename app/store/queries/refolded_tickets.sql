-- Which of these tickets a fact came late to: at or before the instant of anything that the log had
-- of it already.
SELECT DISTINCT ticket_id
FROM (
    SELECT e.ticket_id, e.type, least(e.time, e.recorded_at) AS happened_at,
           max(least(e.time, e.recorded_at)) OVER (
               PARTITION BY e.ticket_id ORDER BY e.version
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ) AS latest_before
    FROM unnest($1::smallint[], $2::text[]) AS wanted (bucket, ticket_id)
    JOIN events AS e USING (bucket, ticket_id)
    WHERE e.bucket = ANY ($1)
) AS streams
WHERE type NOT LIKE 'sla.%' AND happened_at <= latest_before
