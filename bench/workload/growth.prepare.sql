\ir ../shared/jobs.sql
-- the jobs that a round adds
CREATE TABLE added (id) AS SELECT id FROM batch_job LIMIT 0;
