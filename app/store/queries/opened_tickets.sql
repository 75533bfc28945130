-- Tickets that have been opened, by the log.
SELECT ticket_id
FROM events
WHERE bucket = $1 AND ticket_id > $2 AND policy_id IS NOT NULL
ORDER BY ticket_id
LIMIT $3
