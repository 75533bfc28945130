-- The version of the schema that the database has; of one that is at two at once, which none can be, both.
SELECT string_agg(version_num, ', ' ORDER BY version_num) FROM alembic_version
