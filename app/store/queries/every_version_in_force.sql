-- Which version of each policy was, is, or is to be in force, and from when on.
SELECT policy_id, version, since
FROM policies_in_force
ORDER BY since, policy_id
