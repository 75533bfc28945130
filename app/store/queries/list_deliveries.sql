-- A page of deliveries, latest first; none is attempted before its subscription's next probe. `where`
-- and `limit` are put in by `deliveries.py`, values never.
SELECT d.bucket, d.delivery_id, d.subscription_id, d.ticket_id, d.event_id, d.sequence, d.status,
       d.created_at, d.settled_at,
       greatest(d.due_at, (SELECT s.next_probe_at
                           FROM subscriptions AS s
                           WHERE s.subscription_id = d.subscription_id)) AS due_at
FROM deliveries AS d
WHERE {where}
ORDER BY d.created_at DESC, d.delivery_id DESC
LIMIT {limit}
