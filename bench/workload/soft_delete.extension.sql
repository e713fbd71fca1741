TRUNCATE batch_job;
\ir ../shared/new_jobs.sql
VACUUM ANALYZE batch_job;
\ir ../shared/begin.sql
DELETE FROM batch_job_live;
\ir ../shared/end.sql
