-- Rows of what was raised.
INSERT INTO escalations (bucket, escalation_id, ticket_id, version, position, policy_id, clock, kind,
                         tier, role, raised_at, unheard)
SELECT bucket, escalation_id, ticket_id, version, position, policy_id, clock, kind, tier, role,
       raised_at, unheard
FROM unnest($1::escalation_row[]) AS new
