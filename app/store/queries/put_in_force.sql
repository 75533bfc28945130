-- A version of a policy that was, is, or is to be in force, as another database had it.
INSERT INTO policies_in_force (policy_id, version, since)
VALUES ($1, $2, $3)
