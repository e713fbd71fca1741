-- How many jobs have ended lately, in which way, and how long they took.
CREATE SCHEMA job_stats;
SET search_path = job_stats;
SELECT batch_job.create_table(runs => true);
SELECT * FROM batch_job.job_stats();

-- jobs n = 1 to 100 took n seconds, 2n to be reviewed, 3n to be claimed, 4n to be done, and were over n minutes ago
CREATE FUNCTION finish(type text, n integer, dry_run boolean, how text) RETURNS void LANGUAGE sql AS $$
  INSERT INTO batch_job (id, type, dry_run, start_after, created_at, pre_processed_at, confirmed_at, processing_at, completed_at, failed_at, canceled_at)
  SELECT type || n, type, dry_run, over - 10 * s, over - 10 * s, over - 9 * s, over - 7 * s, over - 4 * s,
    CASE how WHEN 'completed' THEN over END, CASE how WHEN 'failed' THEN over END, CASE how WHEN 'canceled' THEN over END
    FROM (SELECT now() - n * interval '1 minute' AS over, n * interval '1 second' AS s) j $$;
SELECT count(finish('import', n, n % 2 = 0, 'completed')) FROM generate_series(1, 100) n;
SELECT count(finish('export', n, false, CASE n WHEN 1 THEN 'failed' ELSE 'canceled' END)) FROM generate_series(1, 3) n;
SELECT type, completed, failed, canceled, preparing_median, review_median, waiting_median, processing_median, preparing_p95, review_p95, waiting_p95, processing_p95 FROM batch_job.job_stats();
-- the last ten minutes; jobs of exactly ten minutes ago are a moment older by now
SELECT type, completed, failed, canceled, processing_median FROM batch_job.job_stats('10 minutes');
SELECT type, completed FROM batch_job.job_stats('0');
-- a job that was to start later has waited only from then on; one that was not confirmed has not waited at all
UPDATE batch_job SET start_after = processing_at - interval '1 second' WHERE type = 'import';
SELECT waiting_median, waiting_p95 FROM batch_job.job_stats() WHERE type = 'import';
INSERT INTO batch_job (id, type, canceled_at) VALUES ('at once', 'unconfirmed', now());
-- infinite times give no duration, and no duration is negative
INSERT INTO batch_job (id, type, created_at, pre_processed_at, confirmed_at, processing_at, failed_at) VALUES
  ('odd', 'odd', 'infinity', now(), now() - interval '1 hour', 'infinity', now());
SELECT type, canceled, failed, preparing_median, review_median, waiting_median, processing_median FROM batch_job.job_stats() WHERE type IN ('odd', 'unconfirmed');
-- a deleted job counts as completed nevertheless
SELECT (batch_job.soft_delete('import1')).status;
SELECT completed FROM batch_job.job_stats('10 minutes') WHERE type = 'import';

-- runs, also of jobs that are not over
INSERT INTO batch_job (id, type) SELECT 'claimed' || n, 'claimed' FROM generate_series(1, 5) n;
SELECT count(*) FROM (SELECT batch_job.mark_pre_processed(id) FROM batch_job WHERE type = 'claimed') j;
SELECT id, set_config('stats.' || id, run, false) IS NULL FROM batch_job.claim('{claimed}', 4) ORDER BY 1;
SELECT batch_job.pause('claimed5');
SELECT batch_job.retry('claimed1', current_setting('stats.claimed1'), 'x', '0') IS NULL;
SELECT (batch_job.fail('claimed2', 'x'::text, current_setting('stats.claimed2'))).status;
UPDATE batch_job_run SET lease_until = now() - interval '1 hour', suspect_at = now() - interval '1 hour' WHERE job_id = 'claimed3' AND state = 'running';
SELECT id, state FROM batch_job.rescue();
SELECT type, completed, failed, claimed, lost, failed_attempts FROM batch_job.job_stats() WHERE type = 'claimed';
UPDATE batch_job_run SET claimed_at = claimed_at - interval '2 days', ended_at = ended_at - interval '2 days' WHERE job_id IN ('claimed1', 'claimed3');
SELECT type, failed, claimed, lost, failed_attempts FROM batch_job.job_stats() WHERE type = 'claimed';

-- it finds them by indexes, beside many others
SELECT batch_job.create_table('many');
INSERT INTO many (id, type, pre_processed_at, confirmed_at, processing_at, completed_at)
  SELECT 'old' || n, 'old', t, t, t, t FROM generate_series(1, 20000) n, (SELECT now() - interval '1 year') AS at (t);
INSERT INTO many (id, type, completed_at) SELECT 'new' || n, 'new', now() FROM generate_series(1, 10) n;
VACUUM ANALYZE many;
SELECT pg_stat_force_next_flush();
SELECT seq_tup_read AS read, idx_tup_fetch AS fetched FROM pg_stat_user_tables WHERE relid = 'many'::regclass \gset
SELECT type, completed FROM batch_job.job_stats('1 day', 'many');
SELECT pg_stat_force_next_flush();
SELECT seq_tup_read - :read AS read, idx_tup_fetch - :fetched BETWEEN 10 AND 10000 AS few FROM pg_stat_user_tables WHERE relid = 'many'::regclass;

-- without runs
SELECT batch_job.create_table('plain');
INSERT INTO plain (id, type, created_at, pre_processed_at, completed_at) VALUES ('a', 'x', now() - interval '3 s', now() - interval '2 s', now());
SELECT type, completed, claimed, lost, preparing_median, processing_median FROM batch_job.job_stats(job_table => 'plain');
\set VERBOSITY terse
SELECT * FROM batch_job.job_stats(NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM batch_job.job_stats('-1 s');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM batch_job.job_stats('200000 years');
\echo :LAST_ERROR_SQLSTATE

SET client_min_messages = warning;
DROP SCHEMA job_stats CASCADE;
