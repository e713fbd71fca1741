-- The extension with runs, in monthly partitions by created_at.
SELECT batch_job.create_table('shape', runs => true);
CREATE TABLE batch_job (LIKE shape INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY (id, created_at))
  PARTITION BY RANGE (created_at);
CREATE INDEX ON batch_job (status, type, priority, start_after, id) WHERE deleted_at IS NULL AND status < 'completed';
CREATE INDEX ON batch_job (status, type, created_by, priority, start_after, id) WHERE deleted_at IS NULL AND status < 'completed';
CREATE INDEX ON batch_job (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX ON batch_job USING brin ((GREATEST(completed_at, canceled_at, failed_at))) WITH (autosummarize = true)
  WHERE status >= 'completed';
\set from month
\set to 'month + interval \'1 month\''
\ir ../shared/months.sql
SELECT batch_job.attach('batch_job', guard => true, runs => true);
