TRUNCATE batch_job;
\ir ../shared/new_jobs.sql
UPDATE batch_job SET deleted_at = now() - interval '1 day';
VACUUM ANALYZE batch_job;
\ir ../shared/begin.sql
SELECT batch_job.purge('1 hour', max_rows => :rows) \g /dev/null
\ir ../shared/end.sql
