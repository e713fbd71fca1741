TRUNCATE added;
\set workload growth_insert
\ir ../shared/begin.sql
WITH new AS (
  INSERT INTO batch_job (type, created_by, context, pre_processed_at, confirmed_at)
  SELECT 'import-7', 'usr_7', '{"shop": 7}', now(), now() FROM generate_series(1, 1000) RETURNING id
) INSERT INTO added SELECT id FROM new;
\ir ../shared/end.sql

\set workload growth_start
\ir ../shared/begin.sql
DO $$
DECLARE
  job record;
BEGIN
  FOR job IN SELECT id FROM added LOOP
    PERFORM batch_job.start(job.id);
  END LOOP;
END $$;
\ir ../shared/end.sql

\set workload growth_count
\ir ../shared/begin.sql
SELECT status, count(*) FROM batch_job_live WHERE status < 'completed' GROUP BY status \g /dev/null
\ir ../shared/end.sql

\set workload growth_page
\ir ../shared/begin.sql
SELECT * FROM batch_job_live WHERE status = 'processing' ORDER BY id LIMIT 50 \g /dev/null
\ir ../shared/end.sql

\set workload growth_soft_delete
\ir ../shared/begin.sql
DELETE FROM batch_job_live WHERE id = ANY (ARRAY(SELECT id FROM added));
\ir ../shared/end.sql

\set workload growth_purge
\ir ../shared/begin.sql
SELECT batch_job.purge('0 seconds') \g /dev/null
\ir ../shared/end.sql
VACUUM batch_job;
