-- The keys that are valid now.
SELECT key_id, name, secret_hash, scopes, policies, events_a_second
FROM api_keys
WHERE revoked_at IS NULL
