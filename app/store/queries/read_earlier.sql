-- The latest escalations of tickets, each ticket's in order.
SELECT latest.*
FROM unnest($1::smallint[], $2::text[]) AS wanted (bucket, ticket_id)
CROSS JOIN LATERAL (
    SELECT x.ticket_id, x.version, e.data::text AS data, x.raised_at, x.acknowledged_at,
           x.acknowledged_by, x.retracted_at
    FROM escalations AS x
    JOIN events AS e USING (bucket, ticket_id, version)
    WHERE x.bucket = wanted.bucket
      AND x.ticket_id = wanted.ticket_id
    ORDER BY x.version DESC
    LIMIT 100
) AS latest
ORDER BY latest.ticket_id, latest.version
