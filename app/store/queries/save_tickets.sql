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
    state = new.state
FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[],
            $7::text[], $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[],
            $12::smallint[], $13::text[], $14::text[], $15::text[], $16::smallint[], $17::json[])
     AS new (bucket, ticket_id, version, policy_id, policy_version, severity, plan, status, line,
             opened_at, next_due_at, tier, running, paused, breached, state_format, state)
WHERE t.bucket = new.bucket
  AND t.ticket_id = new.ticket_id
