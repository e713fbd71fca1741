-- How many open jobs there are of each type, by state.
CREATE SCHEMA queue_stats;
SET search_path = queue_stats;
CREATE ROLE regress_watcher;
CREATE FUNCTION job(id text, type text, created_by text DEFAULT 'ann', dry_run boolean DEFAULT false, job_table regclass DEFAULT NULL) RETURNS text LANGUAGE sql
  AS $$ SELECT batch_job.mark_pre_processed((batch_job.create(type, '{}', dry_run, created_by, id, job_table)).id, job_table => job_table) IS NULL; SELECT id $$;
-- without the seconds, which depend on how long the test takes
CREATE FUNCTION about(interval) RETURNS interval LANGUAGE sql RETURN date_trunc('minute', $1);

SELECT batch_job.create_table(runs => true);
SELECT * FROM batch_job.queue_stats();
INSERT INTO batch_job_type (type, max_running, max_running_per_owner, paused) VALUES ('import', 7, 5, false), ('idle', 2, NULL, true);
SELECT count(job(n::text, 'import', CASE WHEN n <= 6 THEN 'ann' ELSE 'bob' END)) FROM generate_series(1, 7) n;
SELECT count(run) FROM batch_job.claim('{import}', 10);
-- five of ann's at a time: her sixth has to wait
SELECT type, waiting, due, running, slots_used, max_running, owner_slots_used, max_running_per_owner FROM batch_job.queue_stats();
SELECT id, set_config('queue.n' || id, run, false) IS NULL FROM (SELECT job_id AS id, run FROM batch_job_run ORDER BY 1) r;
SELECT batch_job.retry('1', current_setting('queue.n1'), 'x', '1 hour') IS NULL, batch_job.retry('2', current_setting('queue.n2'), 'x', '0') IS NULL;
SELECT batch_job.pause('3'), batch_job.release('3', current_setting('queue.n3'));
UPDATE batch_job_run SET lease_until = now() - interval '1 second' WHERE job_id = '4' AND state = 'running';
-- a canceled job's run counts for the limits until its worker lets go
SELECT (batch_job.cancel('5')).status;
SELECT job('late', 'import', 'cid'), job('now', 'import', 'cid'), job('ever', 'import', 'cid'), job('preview', 'import', 'cid', true), job('by hand', 'export', NULL), job('gone', 'export');
UPDATE batch_job SET start_after = now() + interval '1 hour' WHERE id = 'late';
-- a job with a start_after long ago is due since it was there and confirmed
INSERT INTO batch_job (id, type, dry_run, start_after, created_at, pre_processed_at, confirmed_at)
  VALUES ('old', 'import', true, '2000-01-01', now() - interval '2 days', now() - interval '1 day', now() - interval '90 minutes');
UPDATE batch_job SET start_after = '-infinity' WHERE id = 'ever';
SELECT (batch_job.start('by hand')).status, (batch_job.soft_delete('gone')).id;
SELECT type, waiting, due, running, retrying, paused, suspect, unconfirmed, no_run, about(oldest_due) AS oldest_due, slots_used, max_running, owner_slots_used, max_running_per_owner, type_paused
  FROM batch_job.queue_stats();
-- each open job is in one of these counts, as its state says
SELECT sum(waiting + running + retrying + paused + suspect + unconfirmed + no_run), (SELECT count(*) FROM batch_job_progress) FROM batch_job.queue_stats();
SELECT count(*) FROM (SELECT type, state, count(*) FROM batch_job_progress WHERE state IS NOT NULL GROUP BY 1, 2
  EXCEPT SELECT type, state, count FROM batch_job.queue_stats() q, unnest('{waiting,running,retrying,paused,suspect}'::text[], ARRAY[waiting, running, retrying, paused, suspect]) AS s (state, count)) differing;
-- nothing is due any more
DELETE FROM batch_job WHERE id IN ('now', 'old', 'ever', '2', '6');
SELECT type, waiting, due, oldest_due FROM batch_job.queue_stats();

-- its plan uses the partial indexes, whatever else there is and whatever statistics say
INSERT INTO batch_job (id, type, pre_processed_at, confirmed_at, processing_at, completed_at) SELECT 'finished' || n, 'import', now(), now(), now(), now() FROM generate_series(1, 10000) n;
INSERT INTO batch_job_run (job_id, run, type, priority, state, attempt, claimed_at, heartbeat_at, lease_until, ended_at, outcome)
  SELECT id, 'run_' || id, type, 0, 'ended', 1, now(), now(), now(), now(), 'completed' FROM batch_job WHERE status = 'completed';
-- so that autovacuum does not read these rows meanwhile, for the BRIN indexes
VACUUM batch_job, batch_job_run;
SELECT pg_stat_force_next_flush();
SELECT seq_tup_read AS jobs_before FROM pg_stat_user_tables WHERE relid = 'batch_job'::regclass \gset
SELECT seq_tup_read AS runs_before FROM pg_stat_user_tables WHERE relid = 'batch_job_run'::regclass \gset
SELECT count(*) FROM batch_job.queue_stats();
ANALYZE batch_job, batch_job_run;
SELECT count(*) FROM batch_job.queue_stats();
SELECT pg_stat_force_next_flush();
SELECT relid::regclass, seq_tup_read - CASE relid WHEN 'batch_job'::regclass THEN :jobs_before ELSE :runs_before END AS read FROM pg_stat_user_tables WHERE relid IN ('batch_job'::regclass, 'batch_job_run'::regclass) ORDER BY 1;
-- the caller's planner is as it was
SHOW enable_nestloop;

-- rights and rows are the caller's
GRANT USAGE ON SCHEMA queue_stats TO regress_watcher;
SET ROLE regress_watcher;
\set VERBOSITY sqlstate
SELECT * FROM batch_job.progress();
SELECT * FROM batch_job.queue_stats();
SELECT * FROM batch_job.job_stats();
\set VERBOSITY default
RESET ROLE;
GRANT SELECT ON batch_job, batch_job_run, batch_job_type TO regress_watcher;
ALTER TABLE batch_job ENABLE ROW LEVEL SECURITY;
CREATE POLICY exports ON batch_job FOR SELECT TO regress_watcher USING (type = 'export');
BEGIN TRANSACTION READ ONLY;
SET LOCAL ROLE regress_watcher;
SELECT type, waiting, no_run FROM batch_job.queue_stats();
COMMIT;
-- it uses no operators or functions of the caller
CREATE FUNCTION never(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'captured'; END $$;
CREATE OPERATOR = (LEFTARG = text, RIGHTARG = text, FUNCTION = never);
SET search_path = queue_stats, pg_catalog;
SELECT count(*) > 0 FROM batch_job.queue_stats();
SELECT count(*) > 0 FROM batch_job.job_stats();
SELECT count(*) > 0 FROM batch_job_progress;
SELECT batch_job.create_table('later', runs => true), batch_job.create_table('later_plain');
SELECT count(*) FROM later_progress, batch_job.progress('later_plain');
DROP OPERATOR = (text, text);
SET search_path = queue_stats;

-- without runs, by status alone; a job that is processing counts as running
SELECT batch_job.create_table('plain');
SELECT job('a', 'x', job_table => 'plain'), job('b', 'x', job_table => 'plain'), job('c', 'x', dry_run => true, job_table => 'plain'), (batch_job.start('b', job_table => 'plain')).status;
SELECT about(oldest_due) AS oldest_due, type, waiting, due, running, unconfirmed, no_run, slots_used, max_running, type_paused FROM batch_job.queue_stats('plain');
-- switched to runs in the same session
SELECT batch_job.attach('plain', runs => true);
SELECT type, running, no_run FROM batch_job.queue_stats('plain');
SELECT * FROM batch_job.queue_stats('batch_job_type');

SET client_min_messages = warning;
DROP SCHEMA queue_stats CASCADE;
DROP ROLE regress_watcher;
