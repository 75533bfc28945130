-- How many tickets, of those that need not be judged, have one of some marks to come: marks by the
-- policy's version and number; clocks that repeat, where they begin a cycle in time for one.
-- What stands in braces is put in by `forecast_sums.py`, values never.
WITH t AS MATERIALIZED (
    SELECT t.ticket_id, t.policy_version, t.severity, coalesce(t.plan, '') AS plan, t.ahead_at,
           t.ahead, t.onward_at, t.onward
    FROM tickets AS t
    WHERE {where} AND NOT {judged}
)
SELECT count(*)
FROM (SELECT a.ticket_id
      FROM (SELECT t.ticket_id, t.policy_version, unnest(t.ahead_at) AS at, unnest(t.ahead) AS mark
            FROM t) AS a
      JOIN unnest({versions}::text[], {marks}::integer[]) AS wanted (policy_version, mark)
          USING (policy_version, mark)
      WHERE a.at <= {until}
      UNION
      SELECT s.ticket_id
      FROM (SELECT t.ticket_id, t.policy_version, t.severity, t.plan, unnest(t.onward_at) AS at,
                   unnest(t.onward) AS onward
            FROM t) AS s
      JOIN unnest({reached[0]}::text[], {reached[1]}::text[], {reached[2]}::text[],
                  {reached[3]}::text[], {reached[4]}::bigint[])
          AS hit (policy_version, severity, plan, onward, latest)
          USING (policy_version, severity, plan, onward)
      WHERE s.at <= hit.latest) AS found
