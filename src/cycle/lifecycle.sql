-- Merged at the top level; what is there and is no object, as an attached table may have it, is kept under a key.
-- Not IMMUTABLE, for jsonb_build_object is not: the planner would not inline it, and each call would plan it anew.
CREATE FUNCTION batch_job.merge_object(old jsonb, new jsonb) RETURNS jsonb
LANGUAGE SQL STABLE CALLED ON NULL INPUT PARALLEL SAFE
RETURN CASE
  WHEN new IS NULL THEN old
  WHEN old IS NULL OR pg_catalog.jsonb_typeof(old) = 'null' THEN new
  WHEN pg_catalog.jsonb_typeof(old) = 'object' THEN old || new
  ELSE pg_catalog.jsonb_build_object('previous', old) || new
END;
COMMENT ON FUNCTION batch_job.merge_object(jsonb, jsonb) IS 'the keys of two objects, the new one''s first; what is no object is kept under "previous"';

-- Whatever the error is, the entry has the form that result_problems asks for: to fail must not fail.
-- The array of errors is no argument of merge_object, which names that more than once: it could not be inlined.
CREATE FUNCTION batch_job.append_error(result jsonb, error jsonb) RETURNS jsonb
LANGUAGE SQL STABLE CALLED ON NULL INPUT PARALLEL SAFE
RETURN CASE WHEN error IS NULL THEN result ELSE
  batch_job.merge_object(result, '{}') || pg_catalog.jsonb_build_object('errors',
    CASE coalesce(pg_catalog.jsonb_typeof(result -> 'errors'), 'null')
      WHEN 'array' THEN result -> 'errors'
      WHEN 'null' THEN '[]'::jsonb
      ELSE pg_catalog.jsonb_build_array(result -> 'errors')
    END
    ||
    pg_catalog.jsonb_build_array(
      CASE
        WHEN pg_catalog.jsonb_typeof(error) = 'string' THEN error
        WHEN pg_catalog.jsonb_typeof(error -> 'message') = 'string'
         AND pg_catalog.jsonb_typeof(error -> 'code') IN ('string', 'number') THEN error
        ELSE pg_catalog.jsonb_build_object('code', 'unknown', 'message', coalesce(error ->> 'message', error::text), 'error', error)
      END))
END;
COMMENT ON FUNCTION batch_job.append_error(jsonb, jsonb) IS 'a result with one more entry in its errors; nothing that was there is lost';

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

CREATE FUNCTION batch_job.update(id text, context jsonb DEFAULT NULL, result jsonb DEFAULT NULL, job_table regclass DEFAULT NULL)
RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_update';
COMMENT ON FUNCTION batch_job.update(text, jsonb, jsonb, regclass) IS 'merge into the context and the result of a job, at their top level; no update is lost';

CREATE FUNCTION batch_job.mark_pre_processed(id text, result jsonb DEFAULT NULL, job_table regclass DEFAULT NULL)
RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_mark_pre_processed';
COMMENT ON FUNCTION batch_job.mark_pre_processed(text, jsonb, regclass) IS 'created -> pre_processed; without dry_run confirmed as well, for there is nothing to review';

-- What a reviewer sees. jsonb has one text for one value, whatever the order of keys and the white space were, so the
-- digest is the same on every machine and version; numbers count as they are written, 1.0 is not 1.
CREATE FUNCTION batch_job.digest_plan(type text, context jsonb, result jsonb) RETURNS text
LANGUAGE SQL STABLE CALLED ON NULL INPUT PARALLEL SAFE
RETURN pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
  pg_catalog.jsonb_build_object('type', type, 'context', context, 'result', result)::text, 'UTF8')), 'hex');
COMMENT ON FUNCTION batch_job.digest_plan(text, jsonb, jsonb) IS 'SHA-256, in hexadecimal, of {"type": ..., "context": ..., "result": ...} as jsonb writes it in UTF-8';

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

CREATE FUNCTION batch_job.start(id text, job_table regclass DEFAULT NULL) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_start';
COMMENT ON FUNCTION batch_job.start(text, regclass) IS 'confirmed -> processing; refused when it is processing already, so that only one worker starts a job';

CREATE FUNCTION batch_job.complete(id text, result jsonb DEFAULT NULL, job_table regclass DEFAULT NULL)
RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_complete';
COMMENT ON FUNCTION batch_job.complete(text, jsonb, regclass) IS 'processing -> completed; merges the result';

CREATE FUNCTION batch_job.fail(id text, error jsonb, job_table regclass DEFAULT NULL) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_fail';
COMMENT ON FUNCTION batch_job.fail(text, jsonb, regclass) IS 'open -> failed; appends the error to result.errors, also when it has failed before';

CREATE FUNCTION batch_job.fail(id text, error text, job_table regclass DEFAULT NULL) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_fail_text';
COMMENT ON FUNCTION batch_job.fail(text, text, regclass) IS 'open -> failed; appends the error to result.errors, also when it has failed before';

CREATE FUNCTION batch_job.cancel(id text, reason text DEFAULT NULL, job_table regclass DEFAULT NULL)
RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_cancel';
COMMENT ON FUNCTION batch_job.cancel(text, text, regclass) IS 'open -> canceled; the reason is kept in the event';
