-- A table without jobs.
CREATE EXTENSION batch_job;
SELECT batch_job.create_table();
