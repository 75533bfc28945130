-- The log between two positions, in its order, with the policy each ticket is judged by now; only
-- certain types, tickets and policies where they are given. It ends with the event whose data brings
-- it to so many bytes. Policies are asked for by key for each event: a join might read every ticket.
SELECT page.*
FROM (
    SELECT e.ticket_id, e.version, e.position, e.type, e.source, e.event_id, e.time, e.recorded_at,
           e.data, octet_length(e.data::text) AS bytes,
           sum(octet_length(e.data::text)) OVER (ORDER BY e.position ROWS UNBOUNDED PRECEDING)
               AS bytes_so_far,
           (
               SELECT t.policy_id
               FROM tickets AS t
               WHERE t.bucket = e.bucket AND t.ticket_id = e.ticket_id
           ) AS judged_by
    FROM events AS e
    WHERE e.bucket = ANY ($1::smallint[]) AND e.position > $2 AND e.position <= $3
      AND ($6::text[] IS NULL OR e.type = ANY ($6))
      AND ($7::text[] IS NULL OR e.ticket_id = ANY ($7))
      AND ($8::text[] IS NULL OR (
          SELECT t.policy_id
          FROM tickets AS t
          WHERE t.bucket = e.bucket AND t.ticket_id = e.ticket_id
      ) = ANY ($8))
    ORDER BY e.position
    LIMIT $4
) AS page
WHERE page.bytes_so_far - page.bytes < $5
ORDER BY page.position
