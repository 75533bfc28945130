-- A page of escalations, newest first. `where` and `limit` are put in by `escalation_list.py`, values
-- never. The page is cut before the log is asked: each has its event there.
SELECT x.position, x.raised_at, x.acknowledged_at, x.acknowledged_by, x.retracted_at, e.data
FROM (SELECT *
      FROM escalations AS x
      WHERE {where}
      ORDER BY x.raised_at DESC, x.position DESC
      LIMIT {limit}) AS x
JOIN events AS e USING (bucket, ticket_id, version)
ORDER BY x.raised_at DESC, x.position DESC
