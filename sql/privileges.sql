-- The caller's privileges and row-level security decide; nothing runs with more.
\set SHOW_CONTEXT never
CREATE SCHEMA privileges_test AUTHORIZATION job_owner;
SET search_path = privileges_test;
SET ROLE job_owner;
SELECT batch_job.create_table();
CREATE TABLE "user" (id text PRIMARY KEY, email text);
INSERT INTO "user" VALUES ('u1', 'secret@example.com');
ALTER TABLE batch_job ADD FOREIGN KEY (created_by) REFERENCES "user";
INSERT INTO batch_job (id, type, created_by) VALUES ('j1', 'x', 'u1'), ('j2', 'x', NULL);
GRANT USAGE ON SCHEMA privileges_test TO job_app, job_reader;

-- nothing granted
SET ROLE job_app;
\set VERBOSITY terse
SELECT batch_job.soft_delete('j1');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.purge('0');
SELECT count(*) FROM batch_job_live;
SELECT job_table FROM batch_job.attached();
SELECT batch_job.to_json(ROW('x', now(), now(), NULL, 't', NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::batch_job.batch_job) ->> 'id';

-- who may INSERT but not read can create jobs
SET ROLE job_owner;
GRANT INSERT (type, context) ON batch_job TO job_app;
SET ROLE job_app;
INSERT INTO batch_job (type, context) VALUES ('app', '{"secret": 1}');
SELECT context FROM batch_job;

-- a reader reads, by the view with the view's own grant, and can do no more
SET ROLE job_owner;
GRANT SELECT ON batch_job, batch_job_live TO job_reader;
SET ROLE job_reader;
SELECT count(*) FROM batch_job_live;
DELETE FROM batch_job_live;
DELETE FROM batch_job;
SELECT batch_job.soft_delete('j1');
SELECT batch_job.restore('j1');
-- the referenced user is not theirs to read
SELECT batch_job.created_by_user(j) FROM batch_job j WHERE id = 'j1';
\echo :LAST_ERROR_SQLSTATE
-- the view gives nothing that the table does not
SET ROLE job_owner;
REVOKE ALL ON batch_job FROM job_reader;
SET ROLE job_reader;
SELECT count(*) FROM batch_job_live;

-- DELETE is a soft deletion, so it needs UPDATE of deleted_at as well, and SELECT of the key
SET ROLE job_owner;
REVOKE ALL ON batch_job FROM job_app;
GRANT DELETE, SELECT ON batch_job, batch_job_live TO job_app;
SET ROLE job_app;
DELETE FROM batch_job WHERE id = 'j2';
\echo :LAST_ERROR_SQLSTATE
DELETE FROM batch_job_live WHERE id = 'j2';
SET ROLE job_owner;
GRANT UPDATE (deleted_at) ON batch_job TO job_app;
SET ROLE job_app;
DELETE FROM batch_job WHERE id = 'j2';
SELECT (batch_job.restore('j2')).id;
DELETE FROM batch_job_live WHERE id = 'j2';
\echo :ROW_COUNT
UPDATE batch_job SET type = 'y';

-- row-level security: own jobs only
SET ROLE job_owner;
INSERT INTO "user" VALUES ('job_app', 'app@example.com');
INSERT INTO batch_job (id, type, created_by) VALUES ('mine', 'x', 'job_app'), ('mine_too', 'x', 'job_app'), ('theirs', 'x', 'u1');
ALTER TABLE batch_job ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON batch_job USING (created_by = current_user);
SET ROLE job_app;
SELECT id FROM batch_job_live;
SELECT (batch_job.soft_delete('mine')).id;
SELECT batch_job.soft_delete('theirs');
\echo :LAST_ERROR_SQLSTATE
DELETE FROM batch_job_live;
\echo :ROW_COUNT
DELETE FROM batch_job;
SELECT batch_job.purge('0');
RESET ROLE;
SELECT id, deleted_at IS NOT NULL AS deleted FROM batch_job WHERE type = 'x' ORDER BY id;
-- the plans of this session change with the role
SET ROLE job_owner;
SELECT (batch_job.restore('j2')).id;
SELECT (batch_job.soft_delete('theirs')).id;
SET ROLE job_app;
SELECT batch_job.restore('theirs');
SET ROLE job_owner;
SELECT (batch_job.restore('theirs')).id;
-- a policy that lets DELETE but not UPDATE see a row: the row stays
DROP POLICY own ON batch_job;
CREATE POLICY look ON batch_job FOR SELECT USING (true);
CREATE POLICY remove ON batch_job FOR DELETE USING (true);
SET ROLE job_app;
DELETE FROM batch_job WHERE id = 'theirs';
SELECT deleted_at FROM batch_job WHERE id = 'theirs';
-- and a function does not pretend to have done what it could not
\set VERBOSITY default
SELECT batch_job.soft_delete('theirs');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY terse

-- a SECURITY DEFINER function lends its owner's rights as usual
SET ROLE job_owner;
CREATE FUNCTION remove_job(id text) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = privileges_test
AS $$ SELECT (batch_job.soft_delete(id)).id $$;
SET ROLE job_app;
SELECT remove_job('theirs');

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA privileges_test CASCADE;
