-- The version of each policy that is in force now, or of one.
SELECT DISTINCT ON (f.policy_id)
       f.policy_id, f.version, p.content, p.registered_at, f.since AS current_since
FROM policies_in_force AS f
JOIN policies AS p USING (policy_id, version)
WHERE f.since <= clock_timestamp() AND ($1::text IS NULL OR f.policy_id = $1)
ORDER BY f.policy_id, f.since DESC
