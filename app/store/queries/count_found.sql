-- How many tickets have certain words ($1); $3 at most are counted.
SELECT count(*)
FROM (SELECT
      FROM ticket_words AS w
      WHERE w.words @@ $1::text::tsquery AND w.bucket = ANY ($2::smallint[])
      LIMIT $3) AS found
