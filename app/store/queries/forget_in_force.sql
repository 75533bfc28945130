DELETE FROM policies_in_force AS f
WHERE f.policy_id = ANY ($1::text[])
