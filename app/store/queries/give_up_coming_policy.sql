-- What was to come into force for a policy is not to come any more.
DELETE FROM policies_in_force AS f
WHERE f.policy_id = $1 AND f.since > clock_timestamp()
