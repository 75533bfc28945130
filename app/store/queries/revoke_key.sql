-- A key, by its id or its name, is valid no more. Answers nothing if there is none such.
UPDATE api_keys AS k
SET revoked_at = clock_timestamp()
WHERE (k.key_id = $1 OR k.name = $1) AND k.revoked_at IS NULL
RETURNING key_id, name, scopes, policies, events_a_second, created_at, last_used_at, revoked_at
