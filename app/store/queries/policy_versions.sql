-- Every version of a policy, newest first, and since when the one in force now is.
SELECT p.policy_id, p.version, p.content, p.registered_at, now.since AS current_since
FROM policies AS p
LEFT JOIN (
    SELECT f.policy_id, f.version, f.since
    FROM policies_in_force AS f
    WHERE f.policy_id = $1 AND f.since <= clock_timestamp()
    ORDER BY f.since DESC
    LIMIT 1
) AS now USING (policy_id, version)
WHERE p.policy_id = $1
ORDER BY p.registered_at DESC, p.version
