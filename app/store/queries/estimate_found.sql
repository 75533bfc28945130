-- How many tickets PostgreSQL believes to have certain words ($1): it looks at none.
EXPLAIN (FORMAT JSON)
SELECT
FROM ticket_words AS w
WHERE w.words @@ $1::text::tsquery AND w.bucket = ANY ($2::smallint[])
