-- What came of attempts, and the attempts. Where the lease has run out meanwhile it is no longer
-- ours to judge, except that what is delivered is delivered; and where it has been asked for again
-- (due before the lease ends) it is still to be sent.
WITH told AS MATERIALIZED (
    SELECT *
    FROM unnest($1::smallint[], $2::text[], $3::timestamptz[], $4::text[], $5::timestamptz[],
                $6::timestamptz[], $7::integer[], $8::double precision[], $9::text[], $10::text[])
         AS told (bucket, delivery_id, lease, status, due_at, at, answer_status, took_seconds,
                  error, answer)
), settled AS (
    UPDATE deliveries AS d
    SET attempts = d.attempts + 1,
        first_attempt_at = coalesce(d.first_attempt_at, told.at),
        status = CASE WHEN d.due_at = told.lease
                           OR (d.due_at > told.lease AND told.status = 'delivered')
                      THEN told.status ELSE d.status END,
        due_at = CASE WHEN d.due_at = told.lease
                           OR (d.due_at > told.lease AND told.status = 'delivered')
                      THEN told.due_at ELSE d.due_at END,
        settled_at = CASE WHEN d.due_at = told.lease
                               OR (d.due_at > told.lease AND told.status = 'delivered')
                          THEN CASE WHEN told.status <> 'pending' THEN told.due_at END
                          ELSE d.settled_at END
    FROM told
    WHERE d.bucket = told.bucket
      AND d.delivery_id = told.delivery_id
    RETURNING d.bucket, d.delivery_id, d.attempts, told.at, told.answer_status, told.took_seconds,
              told.error, told.answer
)
INSERT INTO delivery_attempts AS made (bucket, delivery_id, attempt, at, status, took_seconds, error,
                                       answer)
SELECT bucket, delivery_id, attempts, at, answer_status, took_seconds, error, answer
FROM settled
