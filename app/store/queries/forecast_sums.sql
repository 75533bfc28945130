-- What tickets will raise until an instant, added up in one pass over their rows: how many marks come
-- in each slice of time, by mark; when clocks that repeat begin another cycle, those together that
-- go on alike; how many tickets these are; and the tickets that have to be judged, some at most.
-- What stands in braces is put in by `forecast_sums.py`, values never.
WITH found AS MATERIALIZED (
    SELECT t.policy_id, t.policy_version, t.severity, t.plan, t.ahead_at, t.ahead, t.onward_at,
           t.onward, CASE WHEN {judged} THEN t.ticket_id END AS ticket_id,
           t.state_format, CASE WHEN {judged} THEN t.state END AS state
    FROM tickets AS t
    WHERE {where}
), t AS (
    SELECT * FROM found WHERE ticket_id IS NULL
)
SELECT a.policy_id, a.policy_version, NULL AS severity, NULL AS plan, NULL AS onward,
       NULL::bigint[] AS begins, a.mark, width_bucket(a.at - 1, {ends}::bigint[]) AS slice,
       count(*) AS count, min(a.at) AS first_at, NULL AS ticket_id,
       NULL::smallint AS state_format, NULL::text AS state
FROM (SELECT t.policy_id, t.policy_version, unnest(t.ahead_at) AS at, unnest(t.ahead) AS mark
      FROM t) AS a
WHERE a.at <= {until}
GROUP BY a.policy_id, a.policy_version, a.mark, slice
UNION ALL
SELECT s.policy_id, s.policy_version, s.severity, s.plan, s.onward, array_agg(s.at),
       NULL, NULL, count(*), NULL, NULL, NULL, NULL
FROM (SELECT t.policy_id, t.policy_version, t.severity, t.plan, unnest(t.onward_at) AS at,
             unnest(t.onward) AS onward
      FROM t) AS s
WHERE s.at <= {until}
GROUP BY s.policy_id, s.policy_version, s.severity, s.plan, s.onward
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, count(*), NULL, NULL, NULL, NULL
FROM t
UNION ALL
(SELECT j.policy_id, j.policy_version, j.severity, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        j.ticket_id, j.state_format, j.state
 FROM found AS j
 WHERE j.ticket_id IS NOT NULL
 LIMIT {most})
