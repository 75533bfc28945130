-- A page of held facts, in the order of the log. `where` and `limit` are put in by `held.py`, values
-- never.
SELECT h.ticket_id, h.source, h.event_id, h.type, h.position, h.recorded_at, h.reason
FROM held_facts AS h
WHERE {where}
ORDER BY h.position
LIMIT {limit}
