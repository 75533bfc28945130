-- The lowest position above which a transaction that has not ended may write; null while none writes.
-- Their locks are told from others: of this database, shared, by one key, which is never negative.
SELECT min(l.classid::bigint << 32 | l.objid::bigint)
FROM pg_locks AS l
WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.mode = 'ShareLock' AND l.granted
  AND l.classid::bigint < 1::bigint << 31
  AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
