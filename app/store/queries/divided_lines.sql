-- divided_lines
-- Of breached cycles that more than one line worked on: how long each did, by group. `keys`,
-- `names` and `where` are put in by `attainment.py`, values never.
SELECT {keys}, part ->> 0 AS holder, sum((part ->> 1)::double precision) AS line_seconds
FROM outcomes AS o, json_array_elements(o.lines) AS part
WHERE {where}
  AND o.verdict = 'breached'
  AND o.lines IS NOT NULL
GROUP BY {names}, holder
