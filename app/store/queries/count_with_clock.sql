-- On how many tickets a clock ($2) is under way, breached or paused (`sets`); $3 at most are counted.
-- `lead` is `lead_sets.sql`.
SELECT count(*)
FROM (SELECT
      FROM ({lead}) AS lead
      CROSS JOIN LATERAL (
          SELECT
          FROM tickets AS t
          WHERE cardinality({sets}) > 0
            AND {sets} = lead.value
            AND t.bucket = ANY ($1::smallint[])
          LIMIT $3
      ) AS found
      LIMIT $3) AS found
