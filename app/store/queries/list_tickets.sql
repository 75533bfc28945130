-- A page of tickets. `where`, `order` and `limit` are put in by `ticket_list.py`, values never.
SELECT clock_timestamp() AS now, t.ticket_id, t.version, t.policy_id, t.policy_version, t.severity,
       t.plan, t.status, t.line, t.opened_at, t.next_due_at, t.state_format, t.state
FROM tickets AS t
WHERE {where}
ORDER BY {order}
LIMIT {limit}
