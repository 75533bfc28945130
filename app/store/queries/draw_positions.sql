-- The next positions of the log, so many.
SELECT nextval('event_position') AS position
FROM generate_series(1, $1)
