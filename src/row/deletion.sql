CREATE FUNCTION batch_job.soft_delete(id text, job_table regclass DEFAULT NULL) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_soft_delete_job';
COMMENT ON FUNCTION batch_job.soft_delete(text, regclass) IS 'set deleted_at of a job; said again, nothing changes';

CREATE FUNCTION batch_job.restore(id text, job_table regclass DEFAULT NULL) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_restore';
COMMENT ON FUNCTION batch_job.restore(text, regclass) IS 'clear deleted_at of a job; said again, nothing changes';

CREATE FUNCTION batch_job.purge(
  older_than interval,
  max_rows integer DEFAULT 10000,
  job_table regclass DEFAULT NULL
) RETURNS bigint
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_purge';
COMMENT ON FUNCTION batch_job.purge(interval, integer, regclass) IS 'remove for good jobs soft-deleted for at least this long, at most max_rows of them; returns how many: call again until it is less than max_rows';
