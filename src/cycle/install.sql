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
COMMENT ON FUNCTION batch_job.create(text, jsonb, boolean, text, text, regclass) IS
'Inserts a job and returns it.

An argument that is NULL leaves its column to the default; an id that is empty is generated.

Errors:
22003 created_by is out of the range of the type that the users'' ids have
22P02 created_by is not an id in the type that the users have
23502 type is NULL, or a column of your own that must have a value
23503 created_by is not the id of a user
23505 there is a job with this id, which may be deleted
23514 context is not an object';

CREATE FUNCTION batch_job.update(
  id text,
  context jsonb DEFAULT NULL,
  result jsonb DEFAULT NULL,
  run text DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_update';
COMMENT ON FUNCTION batch_job.update(text, jsonb, jsonb, text, regclass) IS
'Merges into the context and the result of a job, whatever its status is, and returns it.

NULL leaves the column as it is. Keys are merged at the top level: a nested object is replaced, and a JSON null is
stored. To remove a key, use UPDATE. Concurrent calls lose nothing. Workers report their progress by heartbeat()
rather than by this. On a table with runs, a worker gives its run; without it the call is refused while a run of the
job is running.

Errors:
21000 more than one job has the id
22004 id is NULL
22023 context or result is not an object
23514 the result has problems: see result_problems()
55000 a worker has the job and run is not given
BJ002 the run is over, or belongs to another job
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.mark_pre_processed(
  id text,
  result jsonb DEFAULT NULL,
  run text DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_mark_pre_processed';
COMMENT ON FUNCTION batch_job.mark_pre_processed(text, jsonb, text, regclass) IS
'Marks a job as prepared, merges its result, and returns it: from created to pre_processed.

Without dry_run there is nothing to review, so the job is confirmed in the same moment, and a run goes on. With
dry_run the run ends. On a table with runs, a worker gives its run; without it the call is refused while a run of the
job is running. Called again while the job is pre_processed or confirmed, it changes nothing, and does not merge the
result.

Errors:
21000 more than one job has the id
22004 id is NULL
22023 result is not an object
23514 the result has problems: see result_problems()
55000 the job has another status, or a worker has it and run is not given
BJ002 the run is over, or belongs to another job
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.plan_digest(id text, job_table regclass DEFAULT NULL) RETURNS text
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_plan_digest';
COMMENT ON FUNCTION batch_job.plan_digest(text, regclass) IS
'Returns the digest of what a reviewer sees of a job: its type, context and result. confirm() takes it.

It is what digest_plan() gives for the job as all previous calls have left it, also those of the same statement.

Errors:
21000 more than one job has the id
22004 id is NULL
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.confirm(
  id text,
  plan_digest text DEFAULT NULL,
  actor text DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_confirm';
COMMENT ON FUNCTION batch_job.confirm(text, text, text, regclass) IS
'Confirms a job that is prepared, and returns it: from pre_processed to confirmed.

It is refused if plan_digest is given and the plan has another digest now. The confirmation does not freeze the plan:
update() still merges afterwards. With the option confirm_by_other, it is refused for whoever created the job. That is
decided by actor, else by the setting batch_job.actor, else by the session''s user, compared with created_by in the
type of that column; an actor that is not a value of the type did not create the job. Called again while the job is
confirmed, it changes nothing, but still compares the digest.

Errors:
21000 more than one job has the id
22004 id is NULL
42501 the option confirm_by_other is on, and the actor has created the job
55000 the job has another status
BJ001 the plan has another digest
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.cancel_unconfirmed(older_than interval, job_table regclass DEFAULT NULL) RETURNS bigint
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_cancel_unconfirmed';
COMMENT ON FUNCTION batch_job.cancel_unconfirmed(interval, regclass) IS
'Cancels the jobs that were prepared at least that long ago and that nobody has confirmed since, and returns how many.

Rows that others have locked are passed over.

Errors:
22004 older_than is NULL
22008 older_than is out of range
22023 older_than is negative';

CREATE FUNCTION batch_job.start(id text, run text DEFAULT NULL, job_table regclass DEFAULT NULL)
RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_start';
COMMENT ON FUNCTION batch_job.start(text, text, regclass) IS
'Marks a job as taken up by a worker, and returns it: from confirmed to processing.

It is refused if the job is processing already, so of several workers only one starts a job. Workers that use claim()
need not call it: the claim has started the job; with their run they may. Without a run it is refused while a run of
the job is running, waiting or paused.

Errors:
21000 more than one job has the id
22004 id is NULL
55000 the job has another status, or has a run and run is not given
BJ002 the run is over, or belongs to another job
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.complete(
  id text,
  result jsonb DEFAULT NULL,
  run text DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_complete';
COMMENT ON FUNCTION batch_job.complete(text, jsonb, text, regclass) IS
'Marks a job as done, merges its result, and returns it: from processing to completed.

On a table with runs, a worker gives its run; without it the call is refused while a run of the job is running. The
run ends, and leaves its progress in the result (advancement_count, count, progress) where the result given does not
say otherwise. Called again while the job is completed, it changes nothing, and does not merge the result.

Errors:
21000 more than one job has the id
22004 id is NULL
22023 result is not an object
23514 the result has problems: see result_problems()
55000 the job has another status, or a worker has it and run is not given
BJ002 the run is over, or belongs to another job
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.fail(id text, error jsonb, run text DEFAULT NULL, job_table regclass DEFAULT NULL)
RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_fail';
COMMENT ON FUNCTION batch_job.fail(text, jsonb, text, regclass) IS
'Marks a job as failed, appends the error to the array errors of its result, and returns it: from any open status to
failed.

The error is a string, an object with message and code, or anything else, of which append_error() makes such an
object. On a table with runs, a worker gives its run; without it the call is refused while a run of the job is
running. The run ends, keeps the error, and leaves its progress in the result. A job that has failed may fail again:
the error is added, and failed_at stays.

Errors:
21000 more than one job has the id
22004 id is NULL
55000 the job has another status, or a worker has it and run is not given
BJ002 the run is over, or belongs to another job
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.fail(id text, error text, run text DEFAULT NULL, job_table regclass DEFAULT NULL)
RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_fail_text';
COMMENT ON FUNCTION batch_job.fail(text, text, text, regclass) IS
'The same with the error as a text.

An untyped literal is a text: for an object, write it as ''{...}''::jsonb.';

CREATE FUNCTION batch_job.cancel(id text, reason text DEFAULT NULL, job_table regclass DEFAULT NULL)
RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_cancel';
COMMENT ON FUNCTION batch_job.cancel(text, text, regclass) IS
'Cancels a job, and returns it: from any open status to canceled.

The reason is kept in the event; on a table without events, a NOTICE says that it is not kept. Anybody may cancel a
job that a worker has: the next heartbeat tells the worker. Called again while the job is canceled, it changes
nothing.

Errors:
21000 more than one job has the id
22004 id is NULL
55000 the job is completed or failed
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.reopen(id text, job_table regclass DEFAULT NULL) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_reopen';
COMMENT ON FUNCTION batch_job.reopen(text, regclass) IS
'Takes a failed or canceled job back to what it was before processing, and returns it.

It clears processing_at, completed_at, canceled_at and failed_at, so the job is confirmed again, or what it was before
that. Its result stays. A run that waits or is paused is canceled, so the attempts of workers count from 1 again, and
the next one starts without the checkpoint. It is refused while a run of the job is running.

Errors:
21000 more than one job has the id
22004 id is NULL
55000 the job is neither failed nor canceled, or a worker has it
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.soft_delete(id text, job_table regclass DEFAULT NULL) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_soft_delete_job';
COMMENT ON FUNCTION batch_job.soft_delete(text, regclass) IS
'Sets deleted_at of a job, whatever its status is, and returns the job.

Called again, it changes nothing.

Errors:
21000 more than one job has the id
22004 id is NULL
P0002 there is no such job';

CREATE FUNCTION batch_job.restore(id text, job_table regclass DEFAULT NULL) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_restore';
COMMENT ON FUNCTION batch_job.restore(text, regclass) IS
'Clears deleted_at of a job, whatever its status is, and returns the job.

Called again, it changes nothing.

Errors:
21000 more than one job has the id
22004 id is NULL
P0002 there is no such job';
