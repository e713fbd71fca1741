-- As many jobs, from which each sample takes its table.
\ir ../shared/jobs.sql
ALTER TABLE batch_job RENAME TO source;
