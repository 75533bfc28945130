INSERT INTO deliveries (bucket, delivery_id, subscription_id, ticket_id, event_id, sequence, status,
                        created_at, queued_at, due_at)
SELECT bucket, delivery_id, subscription_id, ticket_id, event_id, sequence, 'pending',
       $2, $2, $2
FROM unnest($1::delivery_row[]) AS new
