-- Soft deletion of all rows of a table by one statement, which says how many they were.
TRUNCATE batch_job;
\ir ../shared/new_jobs.sql
VACUUM ANALYZE batch_job;
\ir ../shared/begin.sql
UPDATE batch_job SET deleted_at = now() WHERE deleted_at IS NULL;
\ir ../shared/end.sql
