-- Every version of every policy.
SELECT policy_id, version, content, registered_at
FROM policies
ORDER BY registered_at, policy_id, version
