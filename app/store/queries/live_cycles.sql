-- live_cycles
-- How many cycles are under way, running or paused, and how many of them are breached. `where` is
-- put in by `attainment.py`, values never.
SELECT t.policy_id, t.policy_version, t.severity, t.plan, t.line, live.clock,
       count(*) AS running,
       count(*) FILTER (WHERE live.clock = ANY (t.breached)) AS breached
FROM tickets AS t, unnest(t.running || t.paused) AS live (clock)
WHERE {where}
GROUP BY t.policy_id, t.policy_version, t.severity, t.plan, t.line, live.clock
