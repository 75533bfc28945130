-- The content of several versions of policies, of those that exist.
SELECT p.policy_id, p.version, p.content
FROM unnest($1::text[], $2::text[]) AS wanted (policy_id, version)
JOIN policies AS p USING (policy_id, version)
