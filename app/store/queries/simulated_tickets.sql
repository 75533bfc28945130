-- The next tickets by their opening, and whether each is of the policy and was not over before an
-- instant: something may have been reached on it since, or would have been. So many rows are read.
SELECT t.ticket_id, t.opened_at,
       t.policy_id = $2
       AND (
           t.opened_at >= $3
           OR t.status NOT IN ('resolved', 'closed', 'cancelled')
           OR cardinality(t.running) + cardinality(t.paused) > 0
           OR EXISTS (
               SELECT FROM events AS e
               WHERE e.bucket = t.bucket
                 AND e.ticket_id = t.ticket_id
                 AND coalesce(e.time, e.recorded_at) >= $3
           )
       ) AS wanted
FROM (
    SELECT bucket, ticket_id, opened_at, policy_id, status, running, paused
    FROM tickets
    WHERE bucket = ANY ($1::smallint[])
      AND opened_at < $4
      AND (opened_at, ticket_id) > ($5, $6)
    ORDER BY opened_at, ticket_id
    LIMIT $7
) AS t
ORDER BY t.opened_at, t.ticket_id
