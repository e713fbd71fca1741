\echo Use "CREATE EXTENSION batch_job" to load this file. \quit

-- The schema belongs to whoever runs this script, the bootstrap superuser; so nobody else can put functions into it.
CREATE SCHEMA batch_job;
COMMENT ON SCHEMA batch_job IS 'batch jobs: types and functions of the extension batch_job; call them qualified, and keep the schema off search_path';
GRANT USAGE ON SCHEMA batch_job TO PUBLIC;
