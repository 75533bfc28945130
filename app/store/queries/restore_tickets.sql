-- Rows of tickets as the log gives them, whether they are there or not; those that are as they should
-- be are left alone: nothing is written of them.
WITH folded AS (
    SELECT bucket, ticket_id, version, policy_id, policy_version, severity, plan, status, line,
           opened_at, next_due_at, tier, string_to_array(running, ',') AS running,
           string_to_array(paused, ',') AS paused, string_to_array(breached, ',') AS breached,
           state_format, state, ahead_at::bigint[] AS ahead_at, ahead::integer[] AS ahead,
           onward_at::bigint[] AS onward_at, onward::text[] AS onward, judged_from
    FROM unnest($1::ticket_row[])
)
INSERT INTO tickets (bucket, ticket_id, version, policy_id, policy_version, severity, plan, status,
                     line, opened_at, next_due_at, tier, running, paused, breached, state_format,
                     state, ahead_at, ahead, onward_at, onward, judged_from)
SELECT *
FROM folded
WHERE NOT EXISTS (
    SELECT FROM tickets AS t
    WHERE t.bucket = folded.bucket
      AND t.ticket_id = folded.ticket_id
      AND (t.version, t.policy_id, t.policy_version, t.severity, t.plan, t.status, t.line,
           t.opened_at, t.next_due_at, t.tier, t.running, t.paused, t.breached, t.state_format,
           t.state, t.ahead_at, t.ahead, t.onward_at, t.onward, t.judged_from)
          IS NOT DISTINCT FROM
          (folded.version, folded.policy_id, folded.policy_version, folded.severity, folded.plan,
           folded.status, folded.line, folded.opened_at, folded.next_due_at, folded.tier,
           folded.running, folded.paused, folded.breached, folded.state_format, folded.state,
           folded.ahead_at, folded.ahead, folded.onward_at, folded.onward, folded.judged_from)
)
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
