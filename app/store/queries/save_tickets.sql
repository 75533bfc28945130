-- Rows of tickets that are locked already.
UPDATE tickets AS t
SET version = new.version,
    policy_id = new.policy_id,
    policy_version = new.policy_version,
    severity = new.severity,
    plan = new.plan,
    status = new.status,
    line = new.line,
    opened_at = new.opened_at,
    next_due_at = new.next_due_at,
    tier = new.tier,
    running = string_to_array(new.running, ','),
    paused = string_to_array(new.paused, ','),
    breached = string_to_array(new.breached, ','),
    state_format = new.state_format,
    state = new.state,
    ahead_at = new.ahead_at::bigint[],
    ahead = new.ahead::integer[],
    onward_at = new.onward_at::bigint[],
    onward = new.onward::text[],
    judged_from = new.judged_from
FROM unnest($1::ticket_row[]) AS new
WHERE t.bucket = new.bucket
  AND t.ticket_id = new.ticket_id
