-- Deadlines that have passed and are not raised, and facts without effect; $2 at most are counted.
SELECT (SELECT count(*)
        FROM (SELECT FROM tickets AS t
              WHERE t.next_due_at <= clock_timestamp() AND t.bucket = ANY ($1::smallint[])
              LIMIT $2) AS overdue) AS overdue,
       held.waiting,
       held.left_out
FROM (SELECT count(*) FILTER (WHERE looked_at.reason IS NULL) AS waiting,
             count(looked_at.reason) AS left_out
      FROM (SELECT h.reason
            FROM held_facts AS h
            WHERE h.bucket = ANY ($1)
            ORDER BY h.position
            LIMIT $2) AS looked_at) AS held
