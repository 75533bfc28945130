-- Tickets by their next mark, with what their rows tell of those to come.
-- What stands in braces is put in by `forecast_list.py`, values never.
SELECT t.ticket_id, t.policy_id, t.policy_version, t.next_due_at, t.ahead_at, t.ahead, t.onward_at,
       t.onward, t.judged_from, t.state_format, t.state
FROM tickets AS t
WHERE {where}
ORDER BY t.next_due_at, t.ticket_id
LIMIT {limit}
