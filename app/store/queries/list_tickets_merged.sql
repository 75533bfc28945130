-- A page of tickets, merged from as many lists as there are leads. `lead`, `where`, `order` and `limit` are
-- put in by `ticket_list.py`, values never.
WITH lead AS ({lead}),
chosen AS (
    SELECT t.bucket, t.ticket_id
    FROM lead
    CROSS JOIN LATERAL (
        SELECT t.bucket, t.ticket_id, t.next_due_at, t.opened_at
        FROM tickets AS t
        WHERE {where}
        ORDER BY {order}
        LIMIT {limit}
    ) AS t
    ORDER BY {order}
    LIMIT {limit}
)
SELECT clock_timestamp() AS now, t.ticket_id, t.version, t.policy_id, t.policy_version, t.severity,
       t.plan, t.status, t.line, t.opened_at, t.next_due_at, t.state_format, t.state
FROM chosen
JOIN tickets AS t USING (bucket, ticket_id)
ORDER BY {order}
