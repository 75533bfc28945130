-- Makes a version of a policy current: now, or on the day it says, if that is still to come and
-- another version is in force until then. Answers nothing if it is current already.
WITH present AS (
    SELECT f.version
    FROM policies_in_force AS f
    WHERE f.policy_id = $1 AND f.since <= clock_timestamp()
    ORDER BY f.since DESC
    LIMIT 1
)
INSERT INTO policies_in_force AS f (policy_id, version, since)
SELECT $1, $2, CASE WHEN EXISTS (SELECT FROM present)
                    THEN greatest($3::timestamptz, clock_timestamp())
                    ELSE clock_timestamp() END
WHERE NOT EXISTS (SELECT FROM present WHERE present.version = $2)
ON CONFLICT (policy_id, since) DO NOTHING
RETURNING f.since
