-- How many jobs are there in each status before `completed`? In a session that has asked before.
PREPARE ask AS
SELECT status, count(*) FROM batch_job WHERE deleted_at IS NULL AND status < 'completed' GROUP BY status;
EXECUTE ask \g /dev/null
\ir ../shared/begin.sql
EXECUTE ask \g /dev/null
\ir ../shared/end.sql
