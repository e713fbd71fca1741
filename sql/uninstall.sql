-- DROP EXTENSION: refused while tables depend on it; CASCADE leaves them and their data.
\set SHOW_CONTEXT never
CREATE SCHEMA uninstall_test AUTHORIZATION regress_job_owner;
SET search_path = uninstall_test;
SET ROLE regress_job_owner;
SELECT batch_job.create_table();
INSERT INTO batch_job (id, type, completed_at) VALUES ('j1', 'x', now()), ('j2', 'x', NULL);
\set VERBOSITY terse
DROP EXTENSION batch_job;
\echo :LAST_ERROR_SQLSTATE
SET client_min_messages = warning;
DROP EXTENSION batch_job CASCADE;
SELECT id, type, completed_at IS NOT NULL AS completed, deleted_at FROM batch_job ORDER BY id;
INSERT INTO batch_job (id, type) VALUES ('j3', 'x');
DELETE FROM batch_job WHERE id = 'j3';
\echo :ROW_COUNT
-- no object of the extension is left
SELECT count(*) FROM pg_namespace WHERE nspname = 'batch_job';
-- and it can be installed again
CREATE EXTENSION batch_job;
SELECT batch_job.attach('batch_job');
SELECT id, status FROM batch_job ORDER BY id;
RESET ROLE;
DROP SCHEMA uninstall_test CASCADE;
DROP EXTENSION batch_job;
DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM regress_job_owner', current_database()); END $$;
DROP ROLE regress_job_owner, regress_job_app, regress_job_reader;
