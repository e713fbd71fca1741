-- detach: the table is an ordinary one again, with all its data.
\set SHOW_CONTEXT never
CREATE SCHEMA detach_test AUTHORIZATION regress_job_owner;
SET search_path = detach_test;
SET ROLE regress_job_owner;
SELECT batch_job.create_table();
SELECT batch_job.attach('batch_job', runs => true);
INSERT INTO batch_job (id, type, completed_at, deleted_at) SELECT n, 'x', CASE WHEN n % 2 = 0 THEN now() END, CASE WHEN n % 5 = 0 THEN now() END FROM generate_series(1, 10) n;
CREATE TABLE before AS TABLE batch_job;

SELECT batch_job.detach('batch_job');
-- nothing of ours is left but the column and its values
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'batch_job'::regclass;
SELECT conname FROM pg_constraint WHERE conrelid = 'batch_job'::regclass AND contype = 'c';
SELECT a.attname, pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE d.adrelid = 'batch_job'::regclass ORDER BY 1;
SELECT to_regclass('batch_job_live'), count(*) FROM batch_job.attached();
-- the tables of runs are there, as ordinary ones
SELECT to_regclass('batch_job_run'), to_regclass('batch_job_type'), batch_job.run_table('batch_job');
(TABLE batch_job EXCEPT TABLE before) UNION ALL (TABLE before EXCEPT TABLE batch_job);
-- an application that knows nothing of status inserts; DELETE deletes
INSERT INTO batch_job (id, type, completed_at) VALUES ('11', 'x', now()) RETURNING status;
DELETE FROM batch_job WHERE id = '11' RETURNING id;
SELECT batch_job.detach('batch_job');
\echo :LAST_ERROR_SQLSTATE
-- the column that was left can be dropped later; then nothing is left
BEGIN;
SELECT batch_job.detach('batch_job', drop_status => true);
SELECT batch_job.detach('batch_job', drop_status => true);
ROLLBACK;
SELECT batch_job.detach(NULL);
\echo :LAST_ERROR_SQLSTATE
-- a table that has been dropped meanwhile
SELECT batch_job.detach('0');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.attach('batch_job');
SELECT batch_job.detach('batch_job_live');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.detach('batch_job');

-- and back
SELECT batch_job.attach('batch_job');
(TABLE batch_job EXCEPT TABLE before) UNION ALL (TABLE before EXCEPT TABLE batch_job);
SELECT batch_job.detach('batch_job', drop_status => true);
SELECT count(*) FROM pg_attribute WHERE attrelid = 'batch_job'::regclass AND attname = 'status' AND NOT attisdropped;
SELECT batch_job.attach('batch_job');
(TABLE batch_job EXCEPT TABLE before) UNION ALL (TABLE before EXCEPT TABLE batch_job);

-- in a transaction that is rolled back
BEGIN;
SELECT batch_job.detach('batch_job');
ROLLBACK;
INSERT INTO batch_job (type) VALUES ('x') RETURNING batch_job.is_id(id);

-- not by others, and objects that depend on the view are not dropped silently
SET ROLE regress_job_app;
SELECT batch_job.detach('detach_test.batch_job');
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_job_owner;
GRANT USAGE ON SCHEMA detach_test TO regress_job_app;
SET ROLE regress_job_app;
SELECT batch_job.detach('detach_test.batch_job');
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_job_owner;
CREATE VIEW on_top AS SELECT id FROM batch_job_live;
SELECT batch_job.detach('batch_job');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO batch_job (type) VALUES ('x') RETURNING status;
DROP VIEW on_top;
-- a default of the user's own for id stays; a trigger that was renamed is found
ALTER TABLE batch_job ALTER id SET DEFAULT 'mine';
ALTER TRIGGER zz_batch_job ON batch_job RENAME TO "My ""trigger""";
ALTER TRIGGER zz_batch_job_live ON batch_job_live RENAME TO my_trigger;
SELECT batch_job.attach('batch_job', id_prefix => 'renamed');
SELECT tgname FROM pg_trigger WHERE tgrelid IN ('batch_job'::regclass, 'batch_job_live'::regclass) ORDER BY 1;
INSERT INTO batch_job (id, type) VALUES ('', 'x') RETURNING id ~ '^renamed_' AS renamed;
DELETE FROM batch_job_live;
\echo :ROW_COUNT
SELECT batch_job.detach('batch_job', true);
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'batch_job'::regclass AND adnum = 1;

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA detach_test CASCADE;
