-- Which of these tickets a fact came late to, at or before the instant of anything that the log had of
-- it already; and those of which a fact was withdrawn. A rebinding is of its recording.
SELECT DISTINCT ticket_id
FROM (
    SELECT e.ticket_id, e.type, at.happened,
           max(at.happened) OVER (
               PARTITION BY e.ticket_id ORDER BY e.version
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ) AS latest_before
    FROM unnest($1::smallint[], $2::text[]) AS wanted (bucket, ticket_id)
    JOIN events AS e USING (bucket, ticket_id)
    CROSS JOIN LATERAL (
        SELECT CASE e.type WHEN 'policy.rebound' THEN e.recorded_at
                           ELSE least(e.time, e.recorded_at) END AS happened
    ) AS at
) AS streams
WHERE type = 'event.withdrawn'
   OR (type NOT LIKE 'sla.%' AND happened <= latest_before)
