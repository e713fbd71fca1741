-- What does the work cost when so many jobs are there already? A thousand jobs come, start one by one, are deleted and
-- purged; between that the open ones are counted and a page of them is shown.
TRUNCATE added;
\set workload growth_insert
\ir ../shared/begin.sql
WITH new AS (
  INSERT INTO batch_job (type, created_by, context, pre_processed_at, confirmed_at, status)
  SELECT 'import-7', 'usr_7', '{"shop": 7}', now(), now(), 'confirmed' FROM generate_series(1, 1000) RETURNING id
) INSERT INTO added SELECT id FROM new;
\ir ../shared/end.sql

\set workload growth_start
\ir ../shared/begin.sql
DO $$
DECLARE
  job record;
BEGIN
  FOR job IN SELECT id FROM added LOOP
    UPDATE batch_job SET processing_at = clock_timestamp(), updated_at = clock_timestamp(), status = 'processing'
     WHERE id = job.id AND status = 'confirmed' AND deleted_at IS NULL;
  END LOOP;
END $$;
\ir ../shared/end.sql

\set workload growth_count
\ir ../shared/begin.sql
SELECT status, count(*) FROM batch_job WHERE deleted_at IS NULL AND status < 'completed' GROUP BY status \g /dev/null
\ir ../shared/end.sql

\set workload growth_page
\ir ../shared/begin.sql
SELECT * FROM batch_job WHERE deleted_at IS NULL AND status = 'processing' ORDER BY id LIMIT 50 \g /dev/null
\ir ../shared/end.sql

\set workload growth_soft_delete
\ir ../shared/begin.sql
UPDATE batch_job SET deleted_at = now() WHERE id = ANY (ARRAY(SELECT id FROM added));
\ir ../shared/end.sql

\set workload growth_purge
\ir ../shared/begin.sql
DELETE FROM batch_job WHERE deleted_at < now();
\ir ../shared/end.sql
VACUUM batch_job;
