-- The current version of each policy, or of one.
SELECT p.policy_id, p.version, p.content, p.registered_at, c.since AS current_since
FROM current_policies AS c
JOIN policies AS p USING (policy_id, version)
WHERE $1::text IS NULL OR p.policy_id = $1
ORDER BY p.policy_id
