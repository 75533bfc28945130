-- Positions are drawn after this one from now on.
SELECT setval('event_position', greatest($1, last_value)) FROM event_position
