-- The last position of the log that was drawn, whether its transaction has ended or not.
SELECT last_value FROM event_position
