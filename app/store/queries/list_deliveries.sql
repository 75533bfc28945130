-- A page of deliveries, latest first. `where` and `limit` are put in by `deliveries.py`, values never.
SELECT d.bucket, d.delivery_id, d.subscription_id, d.ticket_id, d.event_id, d.sequence, d.status,
       d.created_at, d.due_at, d.settled_at
FROM deliveries AS d
WHERE {where}
ORDER BY d.created_at DESC, d.delivery_id DESC
LIMIT {limit}
