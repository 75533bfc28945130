-- The sets of clocks that are so together on some ticket (`sets`), those with one clock among them, or all.
-- They are few: an index is asked for the first, and for the next one after each.
WITH RECURSIVE sets (value) AS (
    (SELECT {sets}
     FROM tickets AS t
     WHERE cardinality({sets}) > 0 AND t.bucket = ANY ({buckets}::smallint[])
     ORDER BY {sets}
     LIMIT 1)
    UNION ALL
    SELECT (SELECT {sets}
            FROM tickets AS t
            WHERE cardinality({sets}) > 0 AND t.bucket = ANY ({buckets}::smallint[])
              AND {sets} > sets.value
            ORDER BY {sets}
            LIMIT 1)
    FROM sets
    WHERE sets.value IS NOT NULL
)
SELECT sets.value
FROM sets
WHERE sets.value IS NOT NULL AND ({clock}::text IS NULL OR {clock} = ANY (sets.value))
