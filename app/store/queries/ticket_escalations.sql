-- What was told about a ticket up to a version of it. Both tables are read once and brought together by
-- version: a join may read all of the ticket's events for each of its escalations.
SELECT max(data) AS data, max(raised_at) AS raised_at, max(acknowledged_at) AS acknowledged_at,
       max(acknowledged_by) AS acknowledged_by, max(retracted_at) AS retracted_at
FROM (
    SELECT x.version, NULL AS data, x.raised_at, x.acknowledged_at, x.acknowledged_by, x.retracted_at
    FROM escalations AS x
    WHERE x.bucket = $1 AND x.ticket_id = $2 AND x.version <= $3
    UNION ALL
    SELECT e.version, e.data::text, NULL, NULL, NULL, NULL
    FROM events AS e
    WHERE e.bucket = $1 AND e.ticket_id = $2 AND e.version <= $3
) AS parts
GROUP BY version
HAVING count(raised_at) > 0
ORDER BY version
