-- Functions run with the caller's privileges and row-level security, never with more.
\set SHOW_CONTEXT never
CREATE SCHEMA privileges_test AUTHORIZATION regress_job_owner;
SET search_path = privileges_test;
SET ROLE regress_job_owner;
SELECT batch_job.create_table();
CREATE TABLE "user" (id text PRIMARY KEY, email text);
INSERT INTO "user" VALUES ('u1', 'secret@example.com');
ALTER TABLE batch_job ADD FOREIGN KEY (created_by) REFERENCES "user";
INSERT INTO batch_job (id, type, created_by) VALUES ('j1', 'x', 'u1'), ('j2', 'x', NULL);
GRANT USAGE ON SCHEMA privileges_test TO regress_job_app, regress_job_reader;

-- nothing granted
SET ROLE regress_job_app;
\set VERBOSITY terse
SELECT batch_job.soft_delete('j1');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.purge('0');
SELECT count(*) FROM batch_job_live;
SELECT job_table FROM batch_job.attached();
SELECT batch_job.to_json(ROW('x', now(), now(), NULL, 't', NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::batch_job.batch_job) ->> 'id';

-- who may INSERT but not read can create jobs
SET ROLE regress_job_owner;
GRANT INSERT (type, context) ON batch_job TO regress_job_app;
SET ROLE regress_job_app;
INSERT INTO batch_job (type, context) VALUES ('app', '{"secret": 1}');
SELECT context FROM batch_job;

-- a reader reads, by the view with the view's own grant, and can do no more
SET ROLE regress_job_owner;
GRANT SELECT ON batch_job, batch_job_live TO regress_job_reader;
SET ROLE regress_job_reader;
SELECT count(*) FROM batch_job_live;
DELETE FROM batch_job_live;
DELETE FROM batch_job;
SELECT batch_job.soft_delete('j1');
SELECT batch_job.restore('j1');
-- they may not read the referenced user
SELECT batch_job.created_by_user(j) FROM batch_job j WHERE id = 'j1';
\echo :LAST_ERROR_SQLSTATE
-- the view gives no more rights than the table
SET ROLE regress_job_owner;
REVOKE ALL ON batch_job FROM regress_job_reader;
SET ROLE regress_job_reader;
SELECT count(*) FROM batch_job_live;

-- DELETE is a soft deletion, so it needs UPDATE of deleted_at as well, and SELECT of the key
SET ROLE regress_job_owner;
REVOKE ALL ON batch_job FROM regress_job_app;
GRANT DELETE, SELECT ON batch_job, batch_job_live TO regress_job_app;
SET ROLE regress_job_app;
DELETE FROM batch_job WHERE id = 'j2';
\echo :LAST_ERROR_SQLSTATE
DELETE FROM batch_job_live WHERE id = 'j2';
SET ROLE regress_job_owner;
GRANT UPDATE (deleted_at) ON batch_job TO regress_job_app;
SET ROLE regress_job_app;
DELETE FROM batch_job WHERE id = 'j2';
SELECT (batch_job.restore('j2')).id;
DELETE FROM batch_job_live WHERE id = 'j2';
\echo :ROW_COUNT
UPDATE batch_job SET type = 'y';

-- by columns, the key and deleted_at are enough
SET ROLE regress_job_owner;
INSERT INTO batch_job (id, type) VALUES ('by_columns', 'z');
REVOKE ALL ON batch_job FROM regress_job_app;
GRANT DELETE, SELECT (id, deleted_at), UPDATE (deleted_at) ON batch_job TO regress_job_app;
SET ROLE regress_job_app;
DELETE FROM batch_job WHERE id = 'by_columns';
SELECT deleted_at IS NOT NULL AS deleted FROM batch_job WHERE id = 'by_columns';
SET ROLE regress_job_owner;
GRANT SELECT ON batch_job TO regress_job_app;

-- row-level security: own jobs only
SET ROLE regress_job_owner;
INSERT INTO "user" VALUES ('regress_job_app', 'app@example.com');
INSERT INTO batch_job (id, type, created_by) VALUES ('mine', 'x', 'regress_job_app'), ('mine_too', 'x', 'regress_job_app'), ('theirs', 'x', 'u1');
ALTER TABLE batch_job ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON batch_job USING (created_by = current_user);
SET ROLE regress_job_app;
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
SET ROLE regress_job_owner;
SELECT (batch_job.restore('j2')).id;
SELECT (batch_job.soft_delete('theirs')).id;
SET ROLE regress_job_app;
SELECT batch_job.restore('theirs');
SET ROLE regress_job_owner;
SELECT (batch_job.restore('theirs')).id;
-- a policy that lets DELETE but not UPDATE see a row: the row stays
DROP POLICY own ON batch_job;
CREATE POLICY look ON batch_job FOR SELECT USING (true);
CREATE POLICY remove ON batch_job FOR DELETE USING (true);
SET ROLE regress_job_app;
DELETE FROM batch_job WHERE id = 'theirs';
SELECT deleted_at FROM batch_job WHERE id = 'theirs';
-- and a function does not report success
\set VERBOSITY default
SELECT batch_job.soft_delete('theirs');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY terse

-- a SECURITY DEFINER function lends its owner's rights as usual
SET ROLE regress_job_owner;
CREATE FUNCTION remove_job(id text) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = privileges_test
AS $$ SELECT (batch_job.soft_delete(id)).id $$;
SET ROLE regress_job_app;
SELECT remove_job('theirs');

-- columns: with UPDATE of one column and SELECT of all, one can take the step that sets it and no other; the event needs no right
SET ROLE regress_job_owner;
DROP POLICY look ON batch_job;
DROP POLICY remove ON batch_job;
ALTER TABLE batch_job DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON batch_job, batch_job_live FROM regress_job_app, regress_job_reader;
SELECT batch_job.attach('batch_job', events => true, guard => false);
INSERT INTO batch_job (id, type, confirmed_at) VALUES ('c1', 'x', now()), ('c2', 'x', now());
GRANT SELECT, UPDATE (canceled_at) ON batch_job TO regress_job_app;
SET ROLE regress_job_app;
SELECT status FROM batch_job.cancel('c1', 'theirs to do');
SELECT batch_job.start('c2');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.update('c2', '{"a": 1}');
UPDATE batch_job SET canceled_at = NULL WHERE id = 'c1' RETURNING status;
UPDATE batch_job SET status = 'completed' WHERE id = 'c1';
-- without SELECT of all columns, no function returns the job, because it returns all of them
SET ROLE regress_job_owner;
REVOKE SELECT ON batch_job FROM regress_job_app;
GRANT SELECT (id, status) ON batch_job TO regress_job_app;
SET ROLE regress_job_app;
SELECT batch_job.cancel('c2');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.plan_digest('c2');
SELECT batch_job.to_json(j) FROM batch_job j;
SELECT id, status FROM batch_job WHERE id LIKE 'c_' ORDER BY id;
-- with INSERT of some columns and SELECT of none, one leaves events that one cannot read
SET ROLE regress_job_owner;
REVOKE ALL ON batch_job FROM regress_job_app;
GRANT INSERT (type, context) ON batch_job TO regress_job_app;
SET ROLE regress_job_app;
INSERT INTO batch_job (type, context) VALUES ('blind', '{"secret": 2}');
INSERT INTO batch_job (type, status) VALUES ('blind', 'failed');
SELECT batch_job.create('blind', '{"secret": 3}');
SELECT * FROM batch_job.read_events();
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.event_table('batch_job');
INSERT INTO batch_job_event (job_id, event, actor, at, xid, horizon) VALUES ('x', 'x', 'x', now(), '1', '1');
-- a consumer needs rights on the events and nothing else, and gets nothing else
SET ROLE regress_job_owner;
GRANT SELECT ON batch_job_event TO regress_job_reader;
SET ROLE regress_job_reader;
SELECT event, from_status, to_status, detail, actor = session_user AS by_session FROM batch_job.read_events();
SELECT count(*) FROM batch_job;
SELECT batch_job.cancel('c2');
SELECT nextval('batch_job_event_seq_seq');
DELETE FROM batch_job_event;
-- through a view without security_invoker a reader can read; to delete needs rights on the table
SET ROLE regress_job_owner;
CREATE VIEW lent AS SELECT * FROM batch_job WHERE deleted_at IS NULL;
CREATE TRIGGER t INSTEAD OF DELETE ON lent FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();
GRANT SELECT, DELETE ON lent TO regress_job_reader;
SET ROLE regress_job_reader;
SELECT count(*) > 0 AS reads FROM lent;
DELETE FROM lent WHERE id = 'c2';
\echo :LAST_ERROR_SQLSTATE
-- a SECURITY DEFINER function acts as its owner; the event tells whose session it was
SET ROLE regress_job_owner;
CREATE FUNCTION cancel_it(id text) RETURNS batch_job.status LANGUAGE sql SECURITY DEFINER SET search_path = privileges_test AS $$ SELECT status FROM batch_job.cancel(id, current_user) $$;
SET ROLE regress_job_app;
SELECT cancel_it('c2');
SELECT current_user;
SET ROLE regress_job_owner;
SELECT actor = session_user AS by_session, detail FROM batch_job_event WHERE job_id = 'c2' AND event = 'batch.canceled';
-- without USAGE on the schema nothing can be called
RESET ROLE;
BEGIN;
REVOKE USAGE ON SCHEMA batch_job FROM PUBLIC;
SET ROLE regress_job_app;
SELECT batch_job.generate_id();
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA privileges_test CASCADE;
