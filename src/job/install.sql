CREATE TYPE batch_job.status AS ENUM
  ('created', 'pre_processed', 'confirmed', 'processing', 'completed', 'canceled', 'failed');
COMMENT ON TYPE batch_job.status IS
'Where a job is in its life cycle: the last of these labels whose timestamp is set.

The enum sorts in this order, so status < ''completed'' means that the job is open.

- created: asked for; no other timestamp is set
- pre_processed: prepared, and waiting for a confirmation
- confirmed: to be done
- processing: being done
- completed: done
- canceled: given up
- failed: gone wrong';

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
COMMENT ON TYPE batch_job.batch_job IS
'A job as functions return it: 16 columns in this order, whatever the order of the table''s columns is, and whatever
other columns it has.

Its created_by is always text.';

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
) IS
'Returns the status that six timestamps mean: the last of them in the life cycle that is set, whatever their order in
time.

A job that was completed and then canceled is canceled. This is the rule behind the column status; it never changes.';

CREATE FUNCTION batch_job.to_json(job record) RETURNS json
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_to_json';
COMMENT ON FUNCTION batch_job.to_json(record) IS
'Returns a job as JSON: 16 keys in the order of the type batch_job.batch_job.

The job may be a row of a job table, of its view, of a join, or a value of that type. Times are in UTC with
milliseconds, cut off and not rounded, as "2022-06-27T22:00:00.000Z", whatever TimeZone and DateStyle are. Years
outside 0 to 9999 are written as ECMAScript does ("-000043", "+010000"; year 0 is 1 BC), and infinite times as
"infinity" and "-infinity". The status is derived from the timestamps of the row.

Errors:
42804 the row is not a job';

-- The CHECKs of a created table call these two, each with nothing but its column: PostgreSQL reads a CHECK from its text for
-- every statement, so a short one is a fast one.
CREATE FUNCTION batch_job.is_context(context jsonb) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_is_context';
COMMENT ON FUNCTION batch_job.is_context(jsonb) IS
'Tells whether a value may be the context of a job: whether it is an object.

A CHECK of each created table calls it.';

CREATE FUNCTION batch_job.is_result(result jsonb) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_is_result';
COMMENT ON FUNCTION batch_job.is_result(jsonb) IS
'Tells whether a value may be the result of a job: an object in which result_problems() finds nothing.

A CHECK of each created table calls it.';

CREATE FUNCTION batch_job.result_problems(result jsonb) RETURNS text[]
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_result_problems';
COMMENT ON FUNCTION batch_job.result_problems(jsonb) IS
'Returns what is wrong with a result, a sentence each; an empty array when nothing is.

It must be an object. Known keys must have these values; JSON null counts as missing, and other keys may hold
anything:

- count, advancement_count, progress, file_size: numbers
- file_key: a string
- errors: an array of strings, or of objects with the strings message and code
- stat_descriptors: an array of objects with the strings key, name and message';

CREATE FUNCTION batch_job.merge_object(old jsonb, new jsonb) RETURNS jsonb
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_merge_object';
COMMENT ON FUNCTION batch_job.merge_object(jsonb, jsonb) IS
'Returns an object with the keys of both at the top level; where both have a key, the new value counts.

This is what update() does. NULL counts as an empty object. Where old is not an object, it is kept under the key
previous.

Errors:
22023 old is an object, and new is neither an object nor an array';

CREATE FUNCTION batch_job.append_error(result jsonb, error jsonb) RETURNS jsonb
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_append_error';
COMMENT ON FUNCTION batch_job.append_error(jsonb, jsonb) IS
'Returns a result with one more entry in its array errors, as fail() does.

Nothing that was there is lost. A string, and an object with the strings message and code, are appended as they are.
Anything else becomes {"code": "unknown", "message": ..., "error": ...}. Where errors is not an array, it becomes the
first entry of one; where the result is not an object, it is kept under the key previous.';

CREATE FUNCTION batch_job.append_errors(result jsonb, errors jsonb) RETURNS jsonb
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_append_errors';
COMMENT ON FUNCTION batch_job.append_errors(jsonb, jsonb) IS
'Returns a result to which each entry of an array was appended as by append_error().

Anything else counts as an array of one.';

CREATE FUNCTION batch_job.digest_plan(type text, context jsonb, result jsonb) RETURNS text
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_digest_plan';
COMMENT ON FUNCTION batch_job.digest_plan(text, jsonb, jsonb) IS
'Returns the digest of a plan: the SHA-256, in hexadecimal, of {"type": ..., "context": ..., "result": ...} as jsonb
writes it, in UTF-8. plan_digest() gives it for a job.

Errors:
22021 the database has no encoding, and the text is not valid UTF-8';

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
COMMENT ON FUNCTION batch_job.options(regclass) IS
'Returns the options of a job table, which are arguments of its triggers; NULL for a table that is not a job table.

An option is NULL if its trigger has arguments that attach() did not give it; such a trigger refuses all writes.

- soft_delete: DELETE keeps the row and sets deleted_at
- guard: an UPDATE of your own may only take the steps of the life cycle: a timestamp is set once and in its turn,
  only reopen() clears one; id and created_at stay; times that are written back without their microseconds stay as
  they are
- events: each change of a job leaves a row in the table <table>_event, in the same transaction
- notify: with events, each statement sends a notification on the channel batch_job
- confirm_by_other: confirm() refuses whoever created the job
- id_prefix: what generated ids start with: 1 to 63 ASCII letters, digits, underscores and hyphens
- runs: workers get jobs by claim(), and the table has the tables <table>_run and <table>_type and the view
  <table>_progress';
