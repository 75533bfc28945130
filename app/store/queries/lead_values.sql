-- The values a filter asks for, each once.
SELECT DISTINCT unnest({values}::text[]) AS value
