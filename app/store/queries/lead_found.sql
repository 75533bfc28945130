-- The tickets that have certain words.
SELECT w.bucket, w.ticket_id
FROM ticket_words AS w
WHERE w.words @@ {words}::text::tsquery AND w.bucket = ANY ({buckets}::smallint[])
