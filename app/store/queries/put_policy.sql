-- A version of a policy as another database had it.
INSERT INTO policies (policy_id, version, content, registered_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (policy_id, version) DO UPDATE SET registered_at = excluded.registered_at
