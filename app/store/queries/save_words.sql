-- The words by which tickets are found; a row that has them already is left as it is.
INSERT INTO ticket_words AS saved (bucket, ticket_id, words)
SELECT bucket, ticket_id, array_to_tsvector(string_to_array(words, ' '))
FROM unnest($1::words_row[]) AS new
ORDER BY bucket, ticket_id
ON CONFLICT (bucket, ticket_id) DO UPDATE
SET words = excluded.words
WHERE saved.words <> excluded.words
