-- A stretch of the log between two positions: how many events it has, and the position of the last.
SELECT count(*) AS events, max(stretch.position) AS last
FROM (
    SELECT e.position
    FROM events AS e
    WHERE e.bucket = ANY ($1::smallint[]) AND e.position > $2 AND e.position <= $3
    ORDER BY e.position
    LIMIT $4
) AS stretch
