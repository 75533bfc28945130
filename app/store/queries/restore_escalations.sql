-- What was raised of tickets ($5, $6), and what has become of it ($2 to $4, one for each row of $1), as
-- the log gives it; rows that are as they should be are left alone.
WITH folded AS MATERIALIZED (
    SELECT *
    FROM unnest($1::escalation_row[], $2::timestamptz[], $3::timestamptz[], $4::text[])
         AS raised (bucket, escalation_id, ticket_id, version, position, policy_id, clock, kind,
                    tier, role, raised_at, unheard, retracted_at, acknowledged_at,
                    acknowledged_by)
), gone AS (
    DELETE FROM escalations AS e
    USING unnest($5::smallint[], $6::text[]) AS ticket (bucket, ticket_id)
    WHERE e.bucket = ticket.bucket
      AND e.ticket_id = ticket.ticket_id
      AND e.escalation_id NOT IN (SELECT escalation_id FROM folded)
)
INSERT INTO escalations (bucket, escalation_id, ticket_id, version, position, policy_id, clock, kind,
                         tier, role, raised_at, unheard, retracted_at, acknowledged_at,
                         acknowledged_by)
SELECT *
FROM folded AS f
WHERE NOT EXISTS (
    SELECT FROM escalations AS e
    WHERE e.bucket = f.bucket
      AND e.escalation_id = f.escalation_id
      AND (e.ticket_id, e.version, e.position, e.policy_id, e.clock, e.kind, e.tier, e.role,
           e.raised_at, e.unheard, e.retracted_at, e.acknowledged_at, e.acknowledged_by)
          IS NOT DISTINCT FROM
          (f.ticket_id, f.version, f.position, f.policy_id, f.clock, f.kind, f.tier, f.role,
           f.raised_at, f.unheard, f.retracted_at, f.acknowledged_at, f.acknowledged_by)
)
ON CONFLICT (bucket, escalation_id) DO UPDATE
SET ticket_id = excluded.ticket_id, version = excluded.version, position = excluded.position,
    policy_id = excluded.policy_id, clock = excluded.clock, kind = excluded.kind,
    tier = excluded.tier, role = excluded.role, raised_at = excluded.raised_at,
    unheard = excluded.unheard, retracted_at = excluded.retracted_at,
    acknowledged_at = excluded.acknowledged_at, acknowledged_by = excluded.acknowledged_by
