-- claim_problems: a sentence for whatever keeps a worker from a job, and none when a claim would find one.
SET client_min_messages = warning;
CREATE SCHEMA claim_problems AUTHORIZATION regress_job_owner;
SET search_path = claim_problems;
SET ROLE regress_job_owner;
SET timezone = 'UTC';
SELECT batch_job.create_table(runs => true);
\pset format unaligned
\pset tuples_only

-- no job
SELECT * FROM batch_job.claim_problems();
SELECT * FROM batch_job.claim_problems('{import}');

-- a claim would find one: of any of the types
INSERT INTO batch_job (type, id, created_by) SELECT 'import', 'job_' || n, 'ann' FROM generate_series(1, 3) n;
SELECT count(*) FROM batch_job.claim_problems();
SELECT count(*) FROM batch_job.claim_problems('{export, import}');
SELECT * FROM batch_job.claim_problems('{export}');

-- limits; with a limit by owner, others' jobs are still found
INSERT INTO batch_job_type (type, max_running_per_owner) VALUES ('import', 1);
SELECT id, run FROM batch_job.claim() \gset
SELECT * FROM batch_job.claim_problems();
INSERT INTO batch_job (type, id, created_by) VALUES ('import', 'job_4', 'bob');
SELECT count(*) FROM batch_job.claim_problems();
UPDATE batch_job_type SET max_running = 1;
SELECT * FROM batch_job.claim_problems();
UPDATE batch_job_type SET paused = true;
SELECT * FROM batch_job.claim_problems();
DELETE FROM batch_job_type;
DELETE FROM batch_job_live WHERE id = 'job_4';

-- what there is, where nothing is due
UPDATE batch_job SET start_after = '2100-01-01';
SELECT * FROM batch_job.claim_problems();
SELECT batch_job.retry(:'id', :'run', 'e') IS NOT NULL;
UPDATE batch_job_run SET retry_at = '2100-01-02' WHERE state = 'waiting';
SELECT batch_job.pause('job_3');
INSERT INTO batch_job (type, id, dry_run, pre_processed_at) VALUES ('import', 'job_5', true, now());
INSERT INTO batch_job (type, id, confirmed_at, processing_at) VALUES ('import', 'job_6', now(), now());
INSERT INTO batch_job (type, id) VALUES ('import', 'job_7');
SELECT count(*) FROM batch_job.claim();
SELECT * FROM batch_job.claim_problems();

-- all missing rights; then what row-level security hides
SELECT 'batch_job'::regclass::oid AS jobs \gset
SET ROLE regress_job_app;
SELECT * FROM batch_job.claim_problems(job_table => :jobs);
SET ROLE regress_job_owner;
GRANT USAGE ON SCHEMA claim_problems TO regress_job_app;
GRANT SELECT, UPDATE ON batch_job TO regress_job_app;
SET ROLE regress_job_app;
SELECT * FROM batch_job.claim_problems();
SET ROLE regress_job_owner;
GRANT SELECT, INSERT, UPDATE ON batch_job_run TO regress_job_app;
GRANT SELECT, UPDATE (note) ON batch_job_type TO regress_job_app;
ALTER TABLE batch_job ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON batch_job TO regress_job_app USING (created_by = 'carl');
SET ROLE regress_job_app;
SELECT * FROM batch_job.claim_problems();

-- a table without runs
SET ROLE regress_job_owner;
SELECT batch_job.create_table('plain');
SELECT * FROM batch_job.claim_problems(job_table => 'plain');
\echo :LAST_ERROR_SQLSTATE

-- claims ignore a column start_after of another type
ALTER TABLE plain ADD start_after date DEFAULT '2100-01-01';
SELECT batch_job.attach('plain', runs => true);
INSERT INTO plain (type) VALUES ('import');
SELECT count(*) FROM batch_job.claim_problems(job_table => 'plain');
RESET ROLE;
\pset tuples_only off
\pset format aligned
DROP SCHEMA claim_problems CASCADE;
