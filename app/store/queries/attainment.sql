-- attainment
-- Finished cycles by group and line, and after them each group's percentiles, the whole's last.
-- Values are gathered first, so that they are read in parallel and sorted group by group: sorting
-- whole rows by the groups' names costs more. `keys`, `names`, `sets` and `where` are put in by
-- `attainment.py`, values never.
WITH cells AS MATERIALIZED (
    SELECT {keys},
           o.line AS holder,
           count(*) FILTER (WHERE o.verdict = 'met') AS met,
           count(*) FILTER (WHERE o.verdict = 'breached') AS breached,
           sum(o.customer_seconds) FILTER (WHERE o.verdict = 'breached') AS customer_seconds,
           sum(o.elapsed_seconds) FILTER (WHERE o.verdict = 'breached' AND o.lines IS NULL)
               AS line_seconds,
           count(o.lines) FILTER (WHERE o.verdict = 'breached') AS divided,
           array_agg(o.elapsed_seconds) FILTER (WHERE o.goal IS NOT NULL) AS elapsed
    FROM outcomes AS o
    WHERE {where}
    GROUP BY {names}, holder
)
SELECT {names}, holder, met, breached, customer_seconds, line_seconds, divided,
       FALSE AS whole, NULL::double precision[] AS percentiles
FROM cells
UNION ALL
SELECT {names}, NULL, NULL, NULL, NULL, NULL, NULL,
       GROUPING({names}) > 0,
       percentile_cont(ARRAY[0.5, 0.9, 0.99]) WITHIN GROUP (ORDER BY seconds)
FROM (SELECT * FROM cells ORDER BY {names}) AS ordered, unnest(ordered.elapsed) AS seconds
GROUP BY GROUPING SETS {sets}
