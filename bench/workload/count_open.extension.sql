PREPARE ask AS
SELECT status, count(*) FROM batch_job_live WHERE status < 'completed' GROUP BY status;
EXECUTE ask \g /dev/null
\ir ../shared/begin.sql
EXECUTE ask \g /dev/null
\ir ../shared/end.sql
