-- Rows of what was raised.
INSERT INTO escalations (bucket, escalation_id, ticket_id, version, position, policy_id, clock, kind,
                         tier, role, raised_at, unheard)
SELECT bucket, escalation_id, ticket_id, version, position, policy_id, clock, kind, tier, role,
       raised_at, unheard
FROM unnest($1::smallint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[],
            $7::text[], $8::text[], $9::smallint[], $10::text[], $11::timestamptz[],
            $12::boolean[])
     AS new (bucket, escalation_id, ticket_id, version, position, policy_id, clock, kind, tier, role,
             raised_at, unheard)
