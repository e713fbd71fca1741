-- What must be so when the random queries are over, as TAP.
SELECT format('%s 1 - %s functions of the extension were called', CASE WHEN count(*) >= 15 THEN 'ok' ELSE 'not ok' END, count(*))
  FROM pg_stat_user_functions WHERE schemaname = 'batch_job';

WITH jobs AS (
  SELECT (batch_job.to_json(j) ->> 'status') AS derived, j.status::text FROM batch_job j
   UNION ALL
  SELECT (batch_job.to_json(j) ->> 'status'), j.status::text FROM attached j
   UNION ALL
  SELECT (batch_job.to_json(j) ->> 'status'), j.status::text FROM partitioned j
)
SELECT CASE WHEN count(*) >= 192 AND bool_and(status = derived) THEN 'ok' ELSE 'not ok' END || ' 2 - the status of every job is derived'
  FROM jobs;

WITH events AS (
  SELECT DISTINCT ON (job_id) job_id, to_status FROM batch_job_event ORDER BY job_id, seq DESC
)
SELECT CASE WHEN bool_and(e.to_status IS NOT DISTINCT FROM j.status::text) THEN 'ok' ELSE 'not ok' END || ' 3 - the last event of every job has its status'
  FROM batch_job j FULL JOIN events e ON e.job_id = j.id;
