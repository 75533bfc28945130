-- Keys in the order they were made, those after a place.
SELECT key_id, name, scopes, policies, events_a_second, created_at, last_used_at, revoked_at
FROM api_keys
WHERE (created_at, key_id) > ($1, $2)
ORDER BY created_at, key_id
LIMIT $3
