-- A new key. Of its secret only a hash is kept.
INSERT INTO api_keys (key_id, name, secret_hash, scopes, policies, events_a_second)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING
RETURNING key_id, name, scopes, policies, events_a_second, created_at, last_used_at, revoked_at
