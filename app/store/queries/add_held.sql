-- Facts that are without effect, or not yet.
INSERT INTO held_facts (bucket, ticket_id, version, position, type, source, event_id, recorded_at,
                        reason)
SELECT bucket, ticket_id, version, position, type, source, event_id, recorded_at, reason
FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::text[],
            $7::text[], $8::timestamptz[], $9::text[])
     AS new (bucket, ticket_id, version, position, type, source, event_id, recorded_at, reason)
