-- As many rows by one statement into an empty table.
TRUNCATE batch_job;
\ir ../shared/begin.sql
\ir ../shared/new_jobs.sql
\ir ../shared/end.sql
INSERT INTO bench.sample VALUES
  (:'workload', :'setting', :'variant', :round, 'bytes', pg_total_relation_size('batch_job'));
