-- When a key was last used, to the minute.
UPDATE api_keys AS k
SET last_used_at = clock_timestamp()
WHERE k.key_id = $1
