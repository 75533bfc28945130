-- Roles that nobody heard within the last day, by the newest thousand such escalations (29).
SELECT role, count(*) AS escalations
FROM (
    SELECT role
    FROM escalations
    WHERE bucket = ANY ($1::smallint[])
      AND unheard
      AND raised_at > now() - interval '1 day'
    ORDER BY raised_at DESC
    LIMIT 1000
) AS latest
GROUP BY role
ORDER BY role
