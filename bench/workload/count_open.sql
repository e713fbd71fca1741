-- How many jobs are there in each status before `completed`?
PREPARE ask AS
SELECT status, count(*) FROM batch_job WHERE deleted_at IS NULL AND status < 'completed' GROUP BY status;
\ir ../shared/ask.sql
