-- Rows of tickets as the log gives them, whether they are there or not.
INSERT INTO tickets AS opened (bucket, ticket_id, version, policy_id, policy_version, severity,
                               plan, status, line, opened_at, next_due_at, tier, running, paused,
                               breached, state_format, state)
SELECT bucket, ticket_id, version, policy_id, policy_version, severity,
       plan, status, line, opened_at, next_due_at, tier,
       string_to_array(running, ','), string_to_array(paused, ','), string_to_array(breached, ','),
       state_format, state
FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[],
            $7::text[], $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[],
            $12::smallint[], $13::text[], $14::text[], $15::text[], $16::smallint[], $17::json[])
     AS new (bucket, ticket_id, version, policy_id, policy_version, severity, plan, status, line,
             opened_at, next_due_at, tier, running, paused, breached, state_format, state)
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
    state = excluded.state
