-- A ticket's row, and the database's clock.
SELECT clock_timestamp() AS now, ticket_id, policy_id, policy_version, state_format, state
FROM tickets
WHERE bucket = $1 AND ticket_id = $2
