INSERT INTO deliveries (bucket, delivery_id, subscription_id, ticket_id, event_id, sequence, status,
                        created_at, queued_at, due_at)
SELECT bucket, delivery_id, subscription_id, ticket_id, event_id, sequence, 'pending',
       $7, $7, $7
FROM unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
     AS new (bucket, delivery_id, subscription_id, ticket_id, event_id, sequence)
