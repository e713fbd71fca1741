PREPARE ask AS
SELECT status, count(*) FROM batch_job_live WHERE status < 'completed' GROUP BY status;
\ir ../shared/ask.sql
