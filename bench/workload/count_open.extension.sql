SELECT status, count(*) FROM batch_job_live WHERE status < 'completed' GROUP BY status \g /dev/null
\ir ../shared/begin.sql
SELECT status, count(*) FROM batch_job_live WHERE status < 'completed' GROUP BY status \g /dev/null
\ir ../shared/end.sql
