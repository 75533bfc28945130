-- The attempts of deliveries, in order.
SELECT a.delivery_id, a.attempt, a.at, a.status, a.took_seconds, a.error, a.answer
FROM unnest($1::smallint[], $2::text[]) AS wanted (bucket, delivery_id)
JOIN delivery_attempts AS a USING (bucket, delivery_id)
ORDER BY a.delivery_id, a.attempt
