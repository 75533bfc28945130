-- Finished cycles; one that was taken up again and has ended anew replaces what it came to before.
INSERT INTO outcomes (bucket, ticket_id, clock, cycle, result, commitment, policy_id,
                      policy_version, severity, plan, line, started_at, ended_at, due_at,
                      breached_at, goal, elapsed_seconds, remaining_seconds, paused_seconds, verdict,
                      customer_seconds, lines)
SELECT *
FROM unnest($1::outcome_row[])
ON CONFLICT (bucket, ticket_id, clock, cycle) DO UPDATE
SET result = excluded.result, commitment = excluded.commitment, policy_id = excluded.policy_id,
    policy_version = excluded.policy_version, severity = excluded.severity,
    plan = excluded.plan, line = excluded.line, started_at = excluded.started_at,
    ended_at = excluded.ended_at, due_at = excluded.due_at, breached_at = excluded.breached_at,
    goal = excluded.goal, elapsed_seconds = excluded.elapsed_seconds,
    remaining_seconds = excluded.remaining_seconds, paused_seconds = excluded.paused_seconds,
    verdict = excluded.verdict, customer_seconds = excluded.customer_seconds,
    lines = excluded.lines
