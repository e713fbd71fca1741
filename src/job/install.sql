CREATE TYPE batch_job.status AS ENUM
  ('created', 'pre_processed', 'confirmed', 'processing', 'completed', 'canceled', 'failed');
COMMENT ON TYPE batch_job.status IS 'where a batch job is in its life cycle: the last of these whose time stamp is set';

CREATE TYPE batch_job.batch_job AS (
  id text,
  created_at timestamp with time zone,
  updated_at timestamp with time zone,
  deleted_at timestamp with time zone,
  type text,
  created_by text,
  context jsonb,
  result jsonb,
  dry_run boolean,
  pre_processed_at timestamp with time zone,
  processing_at timestamp with time zone,
  confirmed_at timestamp with time zone,
  completed_at timestamp with time zone,
  canceled_at timestamp with time zone,
  failed_at timestamp with time zone,
  status batch_job.status
);
COMMENT ON TYPE batch_job.batch_job IS 'a batch job, as functions return it, whatever the order of its table''s columns';

-- CHECK constraints and stored values rest on this function: its rule never changes.
CREATE FUNCTION batch_job.derive_status(
  pre_processed_at timestamp with time zone,
  confirmed_at timestamp with time zone,
  processing_at timestamp with time zone,
  completed_at timestamp with time zone,
  canceled_at timestamp with time zone,
  failed_at timestamp with time zone
) RETURNS batch_job.status
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_derive_status';
COMMENT ON FUNCTION batch_job.derive_status(
  timestamp with time zone, timestamp with time zone, timestamp with time zone,
  timestamp with time zone, timestamp with time zone, timestamp with time zone
) IS 'the status that six time stamps mean: the last of the life cycle that is set, whatever their order in time';

CREATE FUNCTION batch_job.to_json(job record) RETURNS json
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_to_json';
COMMENT ON FUNCTION batch_job.to_json(record) IS 'the JSON form of a job: 16 attributes in a fixed order, times in UTC with milliseconds, status derived from the row given';

-- The CHECKs of a created table call these two, each with nothing but its column: PostgreSQL reads a CHECK from its text for
-- every statement, so a short one is a fast one.
CREATE FUNCTION batch_job.is_context(context jsonb) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_is_context';
COMMENT ON FUNCTION batch_job.is_context(jsonb) IS 'whether it may be the context of a job: an object';

CREATE FUNCTION batch_job.is_result(result jsonb) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_is_result';
COMMENT ON FUNCTION batch_job.is_result(jsonb) IS 'whether it may be the result of a job: an object without problems';

CREATE FUNCTION batch_job.result_problems(result jsonb) RETURNS text[]
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_result_problems';
COMMENT ON FUNCTION batch_job.result_problems(jsonb) IS 'what is wrong with the known keys of a result; an empty array when nothing is';

CREATE FUNCTION batch_job.merge_object(old jsonb, new jsonb) RETURNS jsonb
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_merge_object';
COMMENT ON FUNCTION batch_job.merge_object(jsonb, jsonb) IS 'the keys of two objects, the new one''s first; what is no object is kept under "previous"';

CREATE FUNCTION batch_job.append_error(result jsonb, error jsonb) RETURNS jsonb
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_append_error';
COMMENT ON FUNCTION batch_job.append_error(jsonb, jsonb) IS 'a result with one more entry in its errors; nothing that was there is lost';

CREATE FUNCTION batch_job.append_errors(result jsonb, errors jsonb) RETURNS jsonb
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_append_errors';
COMMENT ON FUNCTION batch_job.append_errors(jsonb, jsonb) IS 'a result with each entry of an array in its errors; what is no array counts as one';

CREATE FUNCTION batch_job.digest_plan(type text, context jsonb, result jsonb) RETURNS text
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_digest_plan';
COMMENT ON FUNCTION batch_job.digest_plan(text, jsonb, jsonb) IS 'SHA-256, in hexadecimal, of {"type": ..., "context": ..., "result": ...} as jsonb writes it in UTF-8';

CREATE FUNCTION batch_job.options(
  job_table regclass,
  OUT soft_delete boolean,
  OUT guard boolean,
  OUT events boolean,
  OUT notify boolean,
  OUT confirm_by_other boolean,
  OUT id_prefix text,
  OUT runs boolean
) RETURNS record
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_options';
COMMENT ON FUNCTION batch_job.options(regclass) IS 'the options of a job table; NULL for those in arguments that its triggers refuse, and without a job table';
