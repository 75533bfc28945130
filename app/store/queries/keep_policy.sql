-- A version of a policy, kept for ever.
INSERT INTO policies (policy_id, version, content)
VALUES ($1, $2, $3)
ON CONFLICT (policy_id, version) DO NOTHING
