-- Which version of each policy is in force now.
SELECT DISTINCT ON (f.policy_id) f.policy_id, f.version
FROM policies_in_force AS f
WHERE f.since <= clock_timestamp()
ORDER BY f.policy_id, f.since DESC
