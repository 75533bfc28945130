-- What the cycles of tickets ($2, $3) came to, as the log gives it; rows that are as they should be are
-- left alone.
WITH folded AS MATERIALIZED (
    SELECT * FROM unnest($1::outcome_row[])
), gone AS (
    DELETE FROM outcomes AS o
    USING unnest($2::smallint[], $3::text[]) AS ticket (bucket, ticket_id)
    WHERE o.bucket = ticket.bucket
      AND o.ticket_id = ticket.ticket_id
      AND (o.ticket_id, o.clock, o.cycle) NOT IN (SELECT ticket_id, clock, cycle FROM folded)
)
INSERT INTO outcomes (bucket, ticket_id, clock, cycle, result, commitment, policy_id,
                      policy_version, severity, plan, line, started_at, ended_at, due_at,
                      breached_at, goal, elapsed_seconds, remaining_seconds, paused_seconds, verdict,
                      customer_seconds, lines)
SELECT *
FROM folded AS f
WHERE NOT EXISTS (
    SELECT FROM outcomes AS o
    WHERE o.bucket = f.bucket
      AND o.ticket_id = f.ticket_id
      AND o.clock = f.clock
      AND o.cycle = f.cycle
      AND (o.result, o.commitment, o.policy_id, o.policy_version, o.severity, o.plan, o.line,
           o.started_at, o.ended_at, o.due_at, o.breached_at, o.goal, o.elapsed_seconds,
           o.remaining_seconds, o.paused_seconds, o.verdict, o.customer_seconds, o.lines::text)
          IS NOT DISTINCT FROM
          (f.result, f.commitment, f.policy_id, f.policy_version, f.severity, f.plan, f.line,
           f.started_at, f.ended_at, f.due_at, f.breached_at, f.goal, f.elapsed_seconds,
           f.remaining_seconds, f.paused_seconds, f.verdict, f.customer_seconds, f.lines::text)
)
ON CONFLICT (bucket, ticket_id, clock, cycle) DO UPDATE
SET result = excluded.result, commitment = excluded.commitment, policy_id = excluded.policy_id,
    policy_version = excluded.policy_version, severity = excluded.severity,
    plan = excluded.plan, line = excluded.line, started_at = excluded.started_at,
    ended_at = excluded.ended_at, due_at = excluded.due_at, breached_at = excluded.breached_at,
    goal = excluded.goal, elapsed_seconds = excluded.elapsed_seconds,
    remaining_seconds = excluded.remaining_seconds, paused_seconds = excluded.paused_seconds,
    verdict = excluded.verdict, customer_seconds = excluded.customer_seconds,
    lines = excluded.lines
