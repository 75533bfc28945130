-- A ticket's row, the database's clock, and whether a fact of its stream came late: at or before the
-- instant of anything that the log had already.
SELECT clock_timestamp() AS now, policy_id, policy_version, state,
       EXISTS (
           SELECT
           FROM (
               SELECT type, happened_at, max(happened_at) OVER (
                          ORDER BY version ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                      ) AS latest_before
               FROM (
                   SELECT version, type, least(time, recorded_at) AS happened_at
                   FROM events
                   WHERE bucket = $1 AND ticket_id = $2
               ) AS stream
           ) AS stream
           WHERE type NOT LIKE 'sla.%' AND happened_at <= latest_before
       ) AS refolded
FROM tickets
WHERE bucket = $1 AND ticket_id = $2
