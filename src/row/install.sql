-- Who creates a trigger needs EXECUTE on its function, so PUBLIC keeps it: every owner of a table may attach it.
CREATE FUNCTION batch_job.maintain_row() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'batch_job_maintain_row';
COMMENT ON FUNCTION batch_job.maintain_row() IS 'trigger of a job table: id, status, updated_at, soft deletion; made by attach and create_table';

CREATE FUNCTION batch_job.delete_live_row() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'batch_job_delete_live_row';
COMMENT ON FUNCTION batch_job.delete_live_row() IS 'trigger of a live view: deletes the row of the job table below, with the right row count';

CREATE FUNCTION batch_job.created_by_user(job record, job_table regclass DEFAULT NULL) RETURNS jsonb
LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_created_by_user';
COMMENT ON FUNCTION batch_job.created_by_user(record, regclass) IS 'the row that the foreign key on created_by points to; NULL without one';

CREATE FUNCTION batch_job.purge(
  older_than interval,
  max_rows integer DEFAULT 10000,
  job_table regclass DEFAULT NULL
) RETURNS bigint
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_purge';
COMMENT ON FUNCTION batch_job.purge(interval, integer, regclass) IS 'remove for good jobs soft-deleted for at least this long, at most max_rows of them; returns how many: call again until it is less than max_rows';
