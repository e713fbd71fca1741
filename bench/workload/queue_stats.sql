-- The state of the queue; what has become of the jobs of the last second, which is none; and how far the open ones are.
PREPARE ask AS SELECT * FROM batch_job.queue_stats();
\ir ../shared/ask.sql
SELECT pg_sleep(1) \g /dev/null
SELECT clock_timestamp() AS began \gset
SELECT count(*) FROM batch_job.job_stats('1 second') \g /dev/null
SELECT extract(epoch FROM clock_timestamp() - :'began') * 1000 AS ms \gset
INSERT INTO bench.sample VALUES (:'workload', :'setting', :'variant', :round, 'job_stats', :ms);
SELECT clock_timestamp() AS began \gset
SELECT state, percent, eta FROM batch_job_progress \g /dev/null
SELECT extract(epoch FROM clock_timestamp() - :'began') * 1000 AS ms \gset
INSERT INTO bench.sample VALUES (:'workload', :'setting', :'variant', :round, 'progress', :ms);
