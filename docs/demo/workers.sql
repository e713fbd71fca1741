-- The last step of the tour: jobs for three workers.
\set QUIET on
\set ON_ERROR_STOP on
\pset footer off
\set ECHO queries
\echo '=== 10. Workers can die: with the option runs, a job has a lease, and another worker continues it from its checkpoint'
SELECT batch_job.attach('public.batch_job', runs => true);
INSERT INTO batch_job_type (type, lease, backoff) VALUES ('stock-import', '2 seconds', '0');
INSERT INTO batch_job (id, type, pre_processed_at, confirmed_at)
SELECT 'stock_' || n, 'stock-import', now(), now() FROM generate_series(1, 3) n;
