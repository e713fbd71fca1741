CREATE FUNCTION batch_job.create(
  type text,
  context jsonb DEFAULT NULL,
  dry_run boolean DEFAULT false,
  created_by text DEFAULT NULL,
  id text DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_create';
COMMENT ON FUNCTION batch_job.create(text, jsonb, boolean, text, text, regclass) IS 'insert a job';

CREATE FUNCTION batch_job.update(
  id text,
  context jsonb DEFAULT NULL,
  result jsonb DEFAULT NULL,
  run text DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_update';
COMMENT ON FUNCTION batch_job.update(text, jsonb, jsonb, text, regclass) IS 'merge into the context and the result of a job, at their top level; no update is lost';

CREATE FUNCTION batch_job.mark_pre_processed(
  id text,
  result jsonb DEFAULT NULL,
  run text DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_mark_pre_processed';
COMMENT ON FUNCTION batch_job.mark_pre_processed(text, jsonb, text, regclass) IS 'created -> pre_processed; without dry_run confirmed as well, for there is nothing to review';

CREATE FUNCTION batch_job.plan_digest(id text, job_table regclass DEFAULT NULL) RETURNS text
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_plan_digest';
COMMENT ON FUNCTION batch_job.plan_digest(text, regclass) IS 'digest of what a reviewer sees of a job, to be given to confirm';

CREATE FUNCTION batch_job.confirm(
  id text,
  plan_digest text DEFAULT NULL,
  actor text DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_confirm';
COMMENT ON FUNCTION batch_job.confirm(text, text, text, regclass) IS 'pre_processed -> confirmed; refused when the plan is not the one that had this digest';

CREATE FUNCTION batch_job.cancel_unconfirmed(older_than interval, job_table regclass DEFAULT NULL) RETURNS bigint
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_cancel_unconfirmed';
COMMENT ON FUNCTION batch_job.cancel_unconfirmed(interval, regclass) IS 'cancel the previews that nobody has confirmed for so long; returns how many';

CREATE FUNCTION batch_job.start(id text, run text DEFAULT NULL, job_table regclass DEFAULT NULL)
RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_start';
COMMENT ON FUNCTION batch_job.start(text, text, regclass) IS 'confirmed -> processing; refused when it is processing already, so that only one worker starts a job; with its run it may say so again';

CREATE FUNCTION batch_job.complete(
  id text,
  result jsonb DEFAULT NULL,
  run text DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_complete';
COMMENT ON FUNCTION batch_job.complete(text, jsonb, text, regclass) IS 'processing -> completed; merges the result; ends the run of the worker that names it';

CREATE FUNCTION batch_job.fail(id text, error jsonb, run text DEFAULT NULL, job_table regclass DEFAULT NULL)
RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_fail';
COMMENT ON FUNCTION batch_job.fail(text, jsonb, text, regclass) IS 'open -> failed; appends the error to result.errors, also when it has failed before; ends the run of the worker that names it';

CREATE FUNCTION batch_job.fail(id text, error text, run text DEFAULT NULL, job_table regclass DEFAULT NULL)
RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_fail_text';
COMMENT ON FUNCTION batch_job.fail(text, text, text, regclass) IS 'open -> failed; appends the error to result.errors, also when it has failed before; ends the run of the worker that names it';

CREATE FUNCTION batch_job.cancel(id text, reason text DEFAULT NULL, job_table regclass DEFAULT NULL)
RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_cancel';
COMMENT ON FUNCTION batch_job.cancel(text, text, regclass) IS 'open -> canceled; the reason is kept in the event';

CREATE FUNCTION batch_job.reopen(id text, job_table regclass DEFAULT NULL) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_reopen';
COMMENT ON FUNCTION batch_job.reopen(text, regclass) IS 'failed or canceled -> what it was before processing; the attempts of workers count from 1 again';

CREATE FUNCTION batch_job.soft_delete(id text, job_table regclass DEFAULT NULL) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_soft_delete_job';
COMMENT ON FUNCTION batch_job.soft_delete(text, regclass) IS 'set deleted_at of a job; said again, nothing changes';

CREATE FUNCTION batch_job.restore(id text, job_table regclass DEFAULT NULL) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_restore';
COMMENT ON FUNCTION batch_job.restore(text, regclass) IS 'clear deleted_at of a job; said again, nothing changes';
