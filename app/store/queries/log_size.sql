-- How much there is to export, and the database's clock.
SELECT (SELECT count(*) FROM events AS e WHERE e.bucket = ANY ($1::smallint[])) AS events,
       (SELECT count(*) FROM policies) AS policies,
       now() AS now
