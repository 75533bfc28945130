-- Nobody else writes to the log until this transaction ends. Its readers are told where it may write.
LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE;
SELECT pg_advisory_xact_lock_shared(last_value) FROM event_position
