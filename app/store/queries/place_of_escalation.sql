-- Where in the streams an escalation stands.
SELECT x.ticket_id, x.version
FROM escalations AS x
WHERE x.bucket = ANY ($1::smallint[]) AND x.escalation_id = $2
