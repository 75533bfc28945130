-- Tickets with a mark that is due, earliest first; those another replica holds are its own.
SELECT t.bucket, t.ticket_id, t.version, t.policy_id, t.policy_version, t.state_format, t.state
FROM tickets AS t
WHERE t.next_due_at <= $1
  AND t.bucket = ANY ($2::smallint[])
  AND t.ticket_id <> ALL ($3::text[])
  AND t.policy_id || ' ' || t.policy_version <> ALL ($5::text[])
ORDER BY t.next_due_at, t.ticket_id
LIMIT $4
FOR UPDATE SKIP LOCKED
