-- Events at the end of their streams, and of the log.
INSERT INTO events (bucket, ticket_id, version, position, type, source, event_id, time, recorded_at,
                    policy_id, policy_version, data)
SELECT bucket, ticket_id, version, position, type, source, event_id, time, $2, policy_id,
       policy_version, data
FROM unnest($1::event_row[]) AS sent
