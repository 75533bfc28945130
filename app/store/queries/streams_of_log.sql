-- Tickets that the log knows, and whether they have been opened. Most begin with their opening.
SELECT first.ticket_id,
       first.policy_id IS NOT NULL OR EXISTS (
           SELECT FROM events AS e
           WHERE e.bucket = first.bucket
             AND e.ticket_id = first.ticket_id
             AND e.policy_id IS NOT NULL
       ) AS opened
FROM events AS first
WHERE first.bucket = $1 AND first.ticket_id > $2 AND first.version = 1
ORDER BY first.ticket_id
LIMIT $3
