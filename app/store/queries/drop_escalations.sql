DELETE FROM escalations WHERE bucket = $1 AND ticket_id = ANY ($2::text[])
