-- Functions that only read take no lock of a writer, and a caller without rights on a job table keeps no lock on it: that would stop
-- the owner's ALTER TABLE, and everybody behind that, until the end of a transaction of somebody else.
\set SHOW_CONTEXT never
CREATE SCHEMA locks_test AUTHORIZATION regress_job_owner;
SET search_path = locks_test;
SET ROLE regress_job_owner;
CREATE TABLE "user" (id text PRIMARY KEY, name text);
INSERT INTO "user" VALUES ('u1', 'Ann');
SELECT batch_job.create_table(events => true);
ALTER TABLE batch_job ADD FOREIGN KEY (created_by) REFERENCES "user";
INSERT INTO batch_job (id, type, created_by) VALUES ('j1', 'x', 'u1'), ('deleted', 'x', NULL);
DELETE FROM batch_job WHERE id = 'deleted';
CREATE TABLE parted (LIKE batch_job INCLUDING DEFAULTS, FOREIGN KEY (created_by) REFERENCES "user", PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE parted_all PARTITION OF parted DEFAULT;
SELECT batch_job.attach('parted', events => true);
CREATE VIEW held AS
  SELECT c.oid::regclass AS relation, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
   WHERE l.pid = pg_backend_pid() AND c.relnamespace = 'locks_test'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND c.relname NOT IN ('held', 'user')
   ORDER BY c.relname COLLATE "C", l.mode;
GRANT USAGE ON SCHEMA locks_test TO regress_job_app;
GRANT SELECT ON held, "user" TO regress_job_app;
GRANT SELECT ON batch_job_event TO regress_job_app;

-- somebody without rights on the job tables calls everything that can be called without them
SET ROLE regress_job_app;
BEGIN;
SELECT count(*) FROM batch_job;
ROLLBACK;
BEGIN;
CREATE TEMP VIEW foreign_job AS SELECT ROW('x', now(), now(), NULL, 't', 'u1', NULL, NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::batch_job.batch_job AS job;
SELECT batch_job.created_by_user(job, 'batch_job') AS by_table, batch_job.created_by_user(job, 'parted') AS by_partitioned_table FROM foreign_job;
SELECT batch_job.created_by_user(NULL::batch_job) AS by_row, batch_job.created_by_user(NULL::batch_job_live) AS by_view;
SELECT batch_job.created_by_user(jsonb_populate_record(NULL::batch_job, to_jsonb(job))) AS by_row,
       batch_job.created_by_user(jsonb_populate_record(NULL::batch_job_live, to_jsonb(job))) AS by_view,
       batch_job.created_by_user(jsonb_populate_record(NULL::parted_all, to_jsonb(job))) AS by_partition FROM foreign_job;
SELECT batch_job.live_view('batch_job'), batch_job.event_table('batch_job'), batch_job.live_view('parted'), batch_job.event_table('parted');
SELECT batch_job.progress_view('batch_job'), batch_job.run_table('batch_job'), batch_job.type_table('parted');
SELECT job_table, live_view, event_table FROM batch_job.attached() WHERE job_table::text ~ '^(batch_job|parted)$';
SELECT o.guard FROM batch_job.options('batch_job') o;
SELECT count(*) FROM batch_job.read_events();
SELECT * FROM held;
COMMIT;

-- plan_digest reads
SET ROLE regress_job_owner;
BEGIN;
SELECT length(batch_job.plan_digest('j1'));
SELECT * FROM held;
COMMIT;
-- for a deleted job, it gives the same error as the others
SELECT batch_job.plan_digest('deleted');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.plan_digest('no such job');
\echo :LAST_ERROR_SQLSTATE

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA locks_test CASCADE;
