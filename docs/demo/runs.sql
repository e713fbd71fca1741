-- The runs and the jobs, after the workers have ended.
\set QUIET on
\pset footer off
\set ECHO queries
SELECT job_id, attempt, worker, outcome, items_done, checkpoint FROM batch_job_run ORDER BY job_id, run;
SELECT id, status, result ->> 'advancement_count' AS done FROM batch_job WHERE type = 'stock-import' ORDER BY id;
