-- The tables of the option runs: made, found again, switched off and on, and what happens to the runs of jobs that are gone.
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE SCHEMA runs_table AUTHORIZATION regress_job_owner;
GRANT USAGE ON SCHEMA runs_table TO regress_job_app, regress_job_reader;
SET search_path = runs_table;
SET ROLE regress_job_owner;

-- makes a run of each job for this test; usually claim makes them
CREATE FUNCTION give_run(job_table regclass, state batch_job.run_state DEFAULT 'ended', job_id text DEFAULT '%', lease interval DEFAULT '1 h') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  n bigint;
BEGIN
  EXECUTE format('INSERT INTO %s (job_id, run, type, priority, state, attempt, claimed_at, heartbeat_at, lease_until)'
                 ' SELECT id, batch_job.generate_id(''run''), type, 0, $1, 1, now(), now(), now() + $3 FROM %s WHERE id LIKE $2', batch_job.run_table(job_table), job_table)
    USING state, job_id, lease;
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN n;
END $$;

-- a table that is made with runs
SELECT batch_job.create_table(runs => true);
SELECT * FROM batch_job.attached() WHERE job_table = 'batch_job'::regclass;
SELECT runs FROM batch_job.options('batch_job');
SELECT batch_job.run_table('batch_job'), batch_job.type_table('batch_job');
SELECT relation, attname, format_type(atttypid, atttypmod) AS type, attnotnull, pg_get_expr(adbin, adrelid) AS default, col_description(attrelid, attnum)
  FROM unnest('{batch_job,batch_job_live}'::regclass[]) relation JOIN pg_attribute ON attrelid = relation AND attnum > 16 LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
 ORDER BY 1, attnum;
SELECT indexrelid::regclass, pg_get_indexdef(indexrelid) FROM pg_index
 WHERE indrelid IN ('batch_job'::regclass, 'batch_job_run'::regclass, 'batch_job_type'::regclass) ORDER BY indexrelid::regclass::text COLLATE "C";
SELECT pg_get_triggerdef(oid, true) FROM pg_trigger WHERE tgrelid = 'batch_job'::regclass AND tgfoid = 'batch_job.remove_runs()'::regprocedure;
-- each column has a comment, and so have the tables
SELECT relation, obj_description(relation) IS NOT NULL AS comment, count(*), count(*) FILTER (WHERE col_description(attrelid, attnum) IS NULL) AS uncommented, (SELECT reloptions FROM pg_class WHERE oid = relation)
  FROM unnest('{batch_job_run,batch_job_type}'::regclass[]) relation JOIN pg_attribute ON attrelid = relation AND attnum > 0 GROUP BY relation ORDER BY 1;
-- vacuum comes early to the jobs, too
SELECT reloptions FROM pg_class WHERE oid = 'batch_job'::regclass;
-- a new job can have a time from which it is due, and a priority; without them it has the defaults
INSERT INTO batch_job (id, type) VALUES ('plain', 'x');
INSERT INTO batch_job_live (id, type, priority, start_after) VALUES ('due', 'x', -1, '2030-01-01');
SELECT id, priority, start_after <= clock_timestamp() AS due FROM batch_job ORDER BY id;
SELECT (batch_job.create('x', id => 'called')).status;
SELECT (batch_job.soft_delete('called')).deleted_at IS NOT NULL AS deleted;

-- rows that the tables refuse
SELECT give_run('batch_job', 'running', 'plain');
SELECT give_run('batch_job', 'waiting', 'plain');
SELECT give_run('batch_job', 'ended', 'plain');
\set VERBOSITY sqlstate
INSERT INTO batch_job_type (type, max_running) VALUES ('x', -1);
INSERT INTO batch_job_type (type, max_attempts) VALUES ('x', 0);
INSERT INTO batch_job_type (type, lease) VALUES ('x', '0');
INSERT INTO batch_job_type (type, backoff) VALUES ('x', '-1 s');
\set VERBOSITY terse
INSERT INTO batch_job_type (type, max_running, lease) VALUES ('x', 0, '1 s');

-- only their owner has rights on them
SELECT grantee, privilege_type FROM information_schema.role_table_grants WHERE table_schema = 'runs_table' AND table_name IN ('batch_job_run', 'batch_job_type') AND grantee <> 'regress_job_owner';

-- the runs of a job are removed with it, even if the deleting role has no rights on them, and has its own search path and policies
INSERT INTO batch_job (id, type) VALUES ('a', 'x'), ('b', 'x'), ('c', 'x');
SELECT give_run('batch_job', 'ended', '_'), give_run('batch_job', 'running', '_');
DELETE FROM batch_job WHERE id = 'a';
SELECT job_id, state FROM batch_job_run WHERE job_id < 'd' ORDER BY 1, 2;
GRANT SELECT, DELETE, UPDATE ON batch_job TO regress_job_app;
SET ROLE regress_job_app;
BEGIN;
SET LOCAL batch_job.soft_delete = off;
SET LOCAL search_path = pg_temp, runs_table;
CREATE TEMP TABLE batch_job_old_jobs (id text);
DELETE FROM batch_job WHERE id = 'a';
SHOW search_path;
SHOW enable_seqscan;
SELECT current_user;
COMMIT;
DROP TABLE batch_job_old_jobs;
SELECT count(*) FROM batch_job_run;
RESET ROLE;
SET ROLE regress_job_owner;
SELECT job_id, state FROM batch_job_run WHERE job_id < 'd' ORDER BY 1, 2;
-- row-level security, also where it is forced, hides none of them from the trigger
ALTER TABLE batch_job_run ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
SELECT count(*) FROM batch_job_run;
BEGIN;
SET LOCAL batch_job.soft_delete = off;
DELETE FROM batch_job WHERE id = 'b';
COMMIT;
ALTER TABLE batch_job_run DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
SELECT job_id, state FROM batch_job_run WHERE job_id < 'd' ORDER BY 1, 2;
-- purge
DELETE FROM batch_job WHERE id = 'c';
SELECT batch_job.purge('0');
SELECT job_id, state FROM batch_job_run ORDER BY 1, 2;

-- runs left by TRUNCATE are removed by the last call of a purge, except those under their lease, and at most max_rows at a time
TRUNCATE batch_job;
INSERT INTO batch_job (id, type) SELECT 'j' || n, 'x' FROM generate_series(1, 5) n;
SELECT give_run('batch_job'), give_run('batch_job', 'waiting');
DELETE FROM batch_job WHERE id IN ('j1', 'j2');
INSERT INTO batch_job_run SELECT 'gone' || n, batch_job.generate_id('run'), 'x', NULL, 0, s, 1, NULL, now(), now(), now() + CASE n WHEN 1 THEN interval '1 h' ELSE '-1 h' END
  FROM generate_series(1, 2) n, unnest('{running,ended}'::batch_job.run_state[]) s;
SELECT count(*) FROM batch_job_run;
SELECT batch_job.purge('0', 1);
SELECT count(*) FROM batch_job_run WHERE job_id NOT LIKE 'j%';
SELECT batch_job.purge('0', 2);
SELECT count(*) FROM batch_job_run WHERE job_id NOT LIKE 'j%';
SELECT batch_job.purge('0');
SELECT job_id, state FROM batch_job_run ORDER BY 1, 2;
-- a DELETE does not remove them
UPDATE batch_job_run SET lease_until = now() WHERE job_id LIKE 'gone%';
DELETE FROM batch_job WHERE id = 'none';
SELECT count(*) FROM batch_job_run WHERE job_id LIKE 'gone%';
-- a role that purges needs no rights on the runs, and row-level security that hides jobs from it does not endanger their runs
ALTER TABLE batch_job ENABLE ROW LEVEL SECURITY;
CREATE POLICY none ON batch_job TO regress_job_app USING (id = 'j3');
SET ROLE regress_job_app;
SELECT batch_job.purge('0', job_table => 'batch_job');
SET ROLE regress_job_owner;
ALTER TABLE batch_job DISABLE ROW LEVEL SECURITY;
SELECT job_id, state FROM batch_job_run ORDER BY 1, 2;
-- a job whose id was changed: the run of the old id belongs to no job
ALTER TABLE batch_job DISABLE TRIGGER zz_batch_job;
UPDATE batch_job SET id = 'j9' WHERE id = 'j5';
ALTER TABLE batch_job ENABLE TRIGGER zz_batch_job;
SELECT batch_job.purge('0');
SELECT job_id, state FROM batch_job_run ORDER BY 1, 2;

-- switched off, the tables stay as ordinary ones; switched on, they are used again
SELECT batch_job.attach('batch_job', runs => false);
SELECT runs, batch_job.run_table('batch_job'), batch_job.type_table('batch_job') FROM batch_job.options('batch_job');
BEGIN;
SET LOCAL batch_job.soft_delete = off;
DELETE FROM batch_job WHERE id = 'j3';
SELECT count(*) FROM batch_job_run WHERE job_id = 'j3';
ROLLBACK;
SELECT batch_job.attach('batch_job', runs => true);
SELECT batch_job.attach('batch_job', guard => true);
SELECT runs, batch_job.run_table('batch_job'), batch_job.type_table('batch_job') FROM batch_job.options('batch_job');
SELECT count(*) FROM batch_job_run;
-- renamed, or in another schema: they are still used, and new ones are not made
ALTER TABLE batch_job_run RENAME TO attempts;
ALTER TABLE batch_job_type RENAME TO kinds;
ALTER TABLE batch_job RENAME TO jobs;
SELECT batch_job.attach('jobs'), batch_job.run_table('jobs'), batch_job.type_table('jobs');
BEGIN;
SET LOCAL batch_job.soft_delete = off;
DELETE FROM jobs WHERE id = 'j3';
SELECT count(*) FROM attempts WHERE job_id = 'j3';
ROLLBACK;
ALTER TABLE jobs RENAME TO batch_job;
ALTER TABLE attempts RENAME TO batch_job_run;
ALTER TABLE kinds RENAME TO batch_job_type;

-- dropped and made again, a job table uses the tables of the one before
DROP TABLE batch_job CASCADE;
SELECT batch_job.create_table(runs => true);
-- another table cannot use them, because they are in use
ALTER TABLE batch_job RENAME TO old_jobs;
ALTER VIEW batch_job_live RENAME TO old_jobs_live;
ALTER VIEW batch_job_progress RENAME TO old_jobs_progress;
SELECT batch_job.create_table(runs => true);
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE batch_job_run RENAME TO old_jobs_run;
SELECT batch_job.create_table(runs => true);
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE batch_job_type RENAME TO old_jobs_type;
SELECT batch_job.create_table(runs => true);
SELECT job_table, run_table, type_table FROM batch_job.attached() WHERE job_table IN ('batch_job'::regclass, 'old_jobs'::regclass);

-- DROP of one of them is refused; with CASCADE runs are off, and the other is found again
DROP TABLE batch_job_run;
\echo :LAST_ERROR_SQLSTATE
DROP TABLE batch_job_type;
\echo :LAST_ERROR_SQLSTATE
DROP TABLE batch_job_type CASCADE;
SELECT runs FROM batch_job.options('batch_job');
SELECT batch_job.attach('batch_job', runs => true);
-- detach: the trigger goes, the tables stay
SELECT batch_job.detach('batch_job');
SELECT count(*) FROM pg_trigger WHERE tgfoid = 'batch_job.remove_runs()'::regprocedure AND tgrelid = 'batch_job'::regclass;
DROP TABLE batch_job;
DROP TABLE batch_job_run, batch_job_type;

-- names that are taken by something else
CREATE TABLE batch_job_run (job_id text, run int);
SELECT batch_job.create_table(runs => true);
\echo :LAST_ERROR_SQLSTATE
DROP TABLE batch_job_run;
CREATE VIEW batch_job_type AS SELECT 1 AS type;
SELECT batch_job.create_table(runs => true);
\echo :LAST_ERROR_SQLSTATE
DROP VIEW batch_job_type;
SELECT to_regclass('batch_job'), to_regclass('batch_job_run');

-- of another owner: refused when it is switched on, and when a job is deleted
SELECT batch_job.create_table(runs => true);
SELECT batch_job.attach('batch_job', runs => false);
RESET ROLE;
ALTER TABLE batch_job_type OWNER TO regress_job_app;
SET ROLE regress_job_owner;
SELECT batch_job.attach('batch_job', runs => true);
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
ALTER TABLE batch_job_type OWNER TO regress_job_owner;
SET ROLE regress_job_owner;
SELECT batch_job.attach('batch_job', runs => true);
RESET ROLE;
ALTER TABLE batch_job_run OWNER TO regress_job_app;
SET ROLE regress_job_owner;
INSERT INTO batch_job (id, type) VALUES ('a', 'x');
BEGIN;
SET LOCAL batch_job.soft_delete = off;
DELETE FROM batch_job;
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
RESET ROLE;
DROP TABLE batch_job, batch_job_run, batch_job_type CASCADE;
SET ROLE regress_job_owner;

-- attach: no column is added; those of varchar, and the collation of the id, are taken over
CREATE TABLE adopted (
  id varchar(40) COLLATE "POSIX" PRIMARY KEY, type varchar NOT NULL, created_by uuid, context jsonb, result jsonb, dry_run boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(), pre_processed_at timestamptz, confirmed_at timestamptz, processing_at timestamptz,
  completed_at timestamptz, failed_at timestamptz, canceled_at timestamptz, updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz);
SELECT batch_job.attach('adopted', soft_delete => false, runs => true);
SELECT count(*) FROM pg_attribute WHERE attrelid = 'adopted'::regclass AND attname IN ('priority', 'start_after');
SELECT attname, collname FROM pg_attribute a JOIN pg_collation c ON c.oid = attcollation WHERE attrelid = 'adopted_run'::regclass AND attname IN ('job_id', 'run') ORDER BY 1;
INSERT INTO adopted (id, type) VALUES ('a', 'x'), ('b', 'x');
SELECT give_run('adopted');
DELETE FROM adopted WHERE id = 'a';
SELECT job_id FROM adopted_run;
-- by a foreign key's cascade, too
CREATE TABLE account (id uuid PRIMARY KEY);
INSERT INTO account VALUES ('01563e3a-b5d3-d676-4c61-efb99302bd5b');
ALTER TABLE adopted ADD FOREIGN KEY (created_by) REFERENCES account ON DELETE CASCADE;
UPDATE adopted SET created_by = '01563e3a-b5d3-d676-4c61-efb99302bd5b';
DELETE FROM account;
SELECT count(*) FROM adopted_run;

-- partitions: by the parent, by a partition itself, by DROP of one, by moving a job to another
CREATE TABLE parted (LIKE adopted INCLUDING DEFAULTS, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE parted_a PARTITION OF parted FOR VALUES FROM ('a') TO ('b');
CREATE TABLE parted_b PARTITION OF parted FOR VALUES FROM ('b') TO ('c');
SELECT batch_job.attach('parted', soft_delete => false, runs => true);
SELECT tgrelid::regclass FROM pg_trigger WHERE tgfoid = 'batch_job.remove_runs()'::regprocedure AND tgrelid::regclass::text ~ '^parted' ORDER BY 1;
INSERT INTO parted (id, type) SELECT p || n, 'x' FROM unnest('{a,b}'::text[]) p, generate_series(1, 3) n;
SELECT give_run('parted');
DELETE FROM parted WHERE id = 'a1';
DELETE FROM parted_a WHERE id = 'a2';
UPDATE parted SET type = 'moved', id = 'b9' WHERE id = 'a3';
UPDATE parted SET id = 'a3' WHERE id = 'b9';
SELECT job_id FROM parted_run ORDER BY 1;
DROP TABLE parted_b;
SELECT batch_job.purge('0', job_table => 'parted');
SELECT job_id FROM parted_run ORDER BY 1;
-- a partition that was detached is no table of jobs any more
ALTER TABLE parted DETACH PARTITION parted_a;
DELETE FROM parted_a;
SELECT job_id FROM parted_run ORDER BY 1;
SELECT batch_job.attach('parted', runs => false);
SELECT tgrelid::regclass FROM pg_trigger WHERE tgfoid = 'batch_job.remove_runs()'::regprocedure AND tgrelid::regclass::text ~ '^parted' ORDER BY 1;

-- a temporary job table has temporary ones
SELECT batch_job.create_table('pg_temp.passing', runs => true);
SELECT relname, relpersistence FROM pg_class WHERE relname LIKE 'passing%' AND relkind = 'r' ORDER BY 1;

-- a hundred thousand jobs that are deleted at once, after plans were made for few: each run is looked up by its key
CREATE TABLE many (LIKE adopted INCLUDING DEFAULTS, PRIMARY KEY (id)) WITH (autovacuum_enabled = off);
SELECT batch_job.attach('many', soft_delete => false, runs => true);
ALTER TABLE many_run SET (autovacuum_enabled = off);
DO $$
BEGIN
  FOR n IN 1 .. 10 LOOP
    INSERT INTO runs_table.many (id, type) VALUES ('m', 'x');
    PERFORM runs_table.give_run('runs_table.many');
    DELETE FROM runs_table.many;
  END LOOP;
END $$;
INSERT INTO many (id, type) SELECT 'm' || n, 'x' FROM generate_series(1, 100000) n;
SELECT give_run('many');
BEGIN;
SET LOCAL statement_timeout = '60 s';
DELETE FROM many WHERE id < 'm5';
SELECT count(*) FROM many_run JOIN many ON id = job_id;
SELECT count(*) FROM many_run;
-- and what TRUNCATE leaves, where the statistics say that there is nothing
RESET ROLE;
UPDATE pg_class SET reltuples = 0 WHERE oid IN ('many'::regclass, 'many_run'::regclass);
SET ROLE regress_job_owner;
TRUNCATE many;
INSERT INTO many (id, type) SELECT 'n' || n, 'x' FROM generate_series(1, 50000) n;
UPDATE many_run SET lease_until = now();
SELECT batch_job.purge('0', 100000, job_table => 'many');
SELECT count(*) FROM many_run;
COMMIT;

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA runs_table CASCADE;
