-- A ticket's row, and the database's clock.
SELECT clock_timestamp() AS now, policy_id, policy_version, state
FROM tickets
WHERE bucket = $1 AND ticket_id = $2
