-- The policy that a ticket is judged by.
SELECT t.policy_id
FROM tickets AS t
WHERE t.bucket = $1 AND t.ticket_id = $2
