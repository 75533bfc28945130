-- How many tickets were opened before an instant.
SELECT count(*) FROM tickets WHERE bucket = ANY ($1::smallint[]) AND opened_at < $2
