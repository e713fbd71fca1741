-- Removal of all rows of a table, which were soft-deleted yesterday.
TRUNCATE batch_job;
\ir ../shared/new_jobs.sql
UPDATE batch_job SET deleted_at = now() - interval '1 day';
VACUUM ANALYZE batch_job;
\ir ../shared/begin.sql
DELETE FROM batch_job WHERE deleted_at < now() - interval '1 hour';
\ir ../shared/end.sql
