-- Rows of tickets as the log gives them, whether they are there or not.
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
ON CONFLICT (bucket, ticket_id) DO UPDATE
SET version = excluded.version,
    policy_id = excluded.policy_id,
    policy_version = excluded.policy_version,
    severity = excluded.severity,
    plan = excluded.plan,
    status = excluded.status,
    line = excluded.line,
    opened_at = excluded.opened_at,
    next_due_at = excluded.next_due_at,
    tier = excluded.tier,
    running = excluded.running,
    paused = excluded.paused,
    breached = excluded.breached,
    state_format = excluded.state_format,
    state = excluded.state,
    ahead_at = excluded.ahead_at,
    ahead = excluded.ahead,
    onward_at = excluded.onward_at,
    onward = excluded.onward,
    judged_from = excluded.judged_from
