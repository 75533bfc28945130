-- What waits for subscriptions that are no more, be it that a transaction still saw them when it wrote.
-- Their names are found one by one along the indexes, however much waits for each.
WITH RECURSIVE first_names AS (
    (SELECT min(d.subscription_id) AS name FROM deliveries AS d
     WHERE d.status = 'pending' AND d.first_attempt_at IS NULL AND d.bucket = ANY ($1::smallint[]))
    UNION ALL
    SELECT (SELECT min(d.subscription_id) FROM deliveries AS d
            WHERE d.status = 'pending' AND d.first_attempt_at IS NULL AND d.bucket = ANY ($1)
              AND d.subscription_id > f.name)
    FROM first_names AS f
    WHERE f.name IS NOT NULL
), again_names AS (
    (SELECT min(d.subscription_id) AS name FROM deliveries AS d
     WHERE d.status = 'pending' AND d.first_attempt_at IS NOT NULL AND d.bucket = ANY ($1))
    UNION ALL
    SELECT (SELECT min(d.subscription_id) FROM deliveries AS d
            WHERE d.status = 'pending' AND d.first_attempt_at IS NOT NULL AND d.bucket = ANY ($1)
              AND d.subscription_id > a.name)
    FROM again_names AS a
    WHERE a.name IS NOT NULL
), orphaned AS MATERIALIZED (
    SELECT name
    FROM (SELECT name FROM first_names UNION SELECT name FROM again_names) AS found
    WHERE name IS NOT NULL
      AND NOT EXISTS (SELECT FROM subscriptions AS s WHERE s.subscription_id = found.name)
)
DELETE FROM deliveries AS d
WHERE d.subscription_id = ANY (ARRAY(SELECT orphaned.name FROM orphaned))
  AND d.status = 'pending'
  AND (d.first_attempt_at IS NULL OR d.first_attempt_at IS NOT NULL)
  AND d.bucket = ANY ($1)
