-- The tiers that tickets have been told of, from one up.
SELECT generate_series({tier}::int, (SELECT max(t.tier)
                                     FROM tickets AS t
                                     WHERE t.tier > 0 AND t.bucket = ANY ({buckets}::smallint[])
                                    ))::smallint AS value
