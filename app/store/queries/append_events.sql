-- Events at the end of their streams, and of the log.
INSERT INTO events AS appended (bucket, ticket_id, version, position, type, source, event_id, time,
                                recorded_at, policy_id, policy_version, data)
SELECT bucket, ticket_id, version, nextval('event_position'), type, source, event_id, time,
       $8, policy_id, policy_version, data
FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[],
            $7::timestamptz[], $9::text[], $10::text[], $11::json[])
     AS sent (bucket, ticket_id, version, type, source, event_id, time, policy_id, policy_version,
              data)
RETURNING appended.position
