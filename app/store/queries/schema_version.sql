-- The version of the schema that the database has.
SELECT version_num FROM alembic_version
