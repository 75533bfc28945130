-- Every version of a policy, newest first.
SELECT p.policy_id, p.version, p.content, p.registered_at, c.since AS current_since
FROM policies AS p
LEFT JOIN current_policies AS c USING (policy_id, version)
WHERE p.policy_id = $1
ORDER BY p.registered_at DESC, p.version
