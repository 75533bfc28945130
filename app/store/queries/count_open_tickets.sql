-- How many tickets have each of these statuses. No bucket is named: the index on the status alone has
-- all that is asked for, and with the bucket every row would have to be fetched.
SELECT t.status, count(*) AS tickets
FROM tickets AS t
WHERE t.status = ANY ($1::text[])
GROUP BY t.status
