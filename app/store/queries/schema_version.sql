-- The version of the schema that the database has. There is one; if ever there are more, all are told.
SELECT string_agg(version_num, ', ' ORDER BY version_num) FROM alembic_version
