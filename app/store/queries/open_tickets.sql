-- Rows of new tickets. One that another transaction has opened meanwhile is left out of the answer.
INSERT INTO tickets AS opened (bucket, ticket_id, version, policy_id, policy_version, severity,
                               plan, status, line, opened_at, next_due_at, tier, running, paused,
                               breached, state_format, state, ahead_at, ahead, onward_at, onward,
                               judged_from)
SELECT bucket, ticket_id, version, policy_id, policy_version, severity,
       plan, status, line, opened_at, next_due_at, tier,
       string_to_array(running, ','), string_to_array(paused, ','), string_to_array(breached, ','),
       state_format, state, ahead_at::bigint[], ahead::integer[], onward_at::bigint[],
       onward::text[], judged_from
FROM unnest($1::ticket_row[]) AS new
ORDER BY bucket, ticket_id
ON CONFLICT (bucket, ticket_id) DO NOTHING
RETURNING opened.ticket_id
