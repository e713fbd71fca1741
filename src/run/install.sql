CREATE TYPE batch_job.run_state AS ENUM ('running', 'waiting', 'paused', 'ended');
COMMENT ON TYPE batch_job.run_state IS
'The state of a run.

- running: a worker has the job
- waiting: the run is over, and the job waits for the next one
- paused: the run is over, and the job waits to be resumed
- ended: the run is over, and so is the job; or another run followed';

CREATE TYPE batch_job.run_outcome AS ENUM ('pre_processed', 'completed', 'failed', 'canceled', 'released', 'lost');
COMMENT ON TYPE batch_job.run_outcome IS
'How a run ended.

- pre_processed: its worker has prepared the job
- completed: its worker has done the job
- failed: the attempt has failed
- canceled: the job was over or gone before the run was
- released: its worker has given the job back
- lost: nothing was heard of its worker for too long';

CREATE TYPE batch_job.directive AS ENUM ('continue', 'pause', 'cancel', 'lost');
COMMENT ON TYPE batch_job.directive IS
'What a heartbeat tells a worker to do.

- continue: go on
- pause: release the job, which is then paused
- cancel: stop, and release the job, which is over, deleted or gone
- lost: forget the job, which is no longer this worker''s; only the heartbeat for many says this, the one for one
  raises BJ002';

CREATE FUNCTION batch_job.remove_runs() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'batch_job_remove_runs';
COMMENT ON FUNCTION batch_job.remove_runs() IS
'Trigger of a job table with runs, 00_batch_job_runs: removes the runs of jobs that are removed for good.

It works as the owner of the jobs. A run that somebody has locked is passed over.

Errors:
39P01 it is not fired as it must be
42501 the table of runs belongs to another role';

CREATE FUNCTION batch_job.run_table(job_table regclass) RETURNS regclass
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_run_table';
COMMENT ON FUNCTION batch_job.run_table(regclass) IS
'Returns the table of the runs of a job table; NULL if its option runs is off.';

CREATE FUNCTION batch_job.type_table(job_table regclass) RETURNS regclass
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_type_table';
COMMENT ON FUNCTION batch_job.type_table(regclass) IS
'Returns the table that says how jobs of a type are treated; NULL if the option runs of the job table is off.';

CREATE FUNCTION batch_job.claim(
  types text[] DEFAULT NULL,
  max integer DEFAULT 1,
  worker text DEFAULT NULL,
  lease interval DEFAULT NULL,
  status batch_job.status DEFAULT NULL,
  job_table regclass DEFAULT NULL,
  OUT run text,
  OUT attempt smallint,
  OUT lease_until timestamp with time zone,
  OUT items_done bigint,
  OUT items_total bigint,
  OUT checkpoint jsonb,
  OUT id text,
  OUT created_at timestamp with time zone,
  OUT updated_at timestamp with time zone,
  OUT deleted_at timestamp with time zone,
  OUT type text,
  OUT created_by text,
  OUT context jsonb,
  OUT result jsonb,
  OUT dry_run boolean,
  OUT pre_processed_at timestamp with time zone,
  OUT processing_at timestamp with time zone,
  OUT confirmed_at timestamp with time zone,
  OUT completed_at timestamp with time zone,
  OUT canceled_at timestamp with time zone,
  OUT failed_at timestamp with time zone,
  OUT status batch_job.status
) RETURNS SETOF record
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_claim';
COMMENT ON FUNCTION batch_job.claim(text[], integer, text, interval, batch_job.status, regclass) IS
'Gives a worker up to max jobs, each with a run and a lease.

No job is given to two workers. It gives jobs that are confirmed, which are processing from then on; jobs that wait
for another run and are due; and jobs that are created, to be prepared. Lower priority comes first, then whichever has
been due the longest. It keeps the limits of the types, and passes over what others have locked. Commit soon: other
claims of a type with limits wait.

- types: only jobs of these types; NULL: of all types
- worker: what the worker calls itself, for people
- lease: how long the worker may be silent; NULL: as the type says
- status: created or confirmed, to get only jobs to be prepared, or only those to be done; NULL: both

After checkpoint, the result has the 16 columns of the job. The argument run of other functions is the run that it
returns. The columns items_done, items_total and checkpoint come from the run before, if there was one.

Errors:
22004 max is NULL, or types has a NULL
22008 lease is out of range
22023 max is less than 1, lease is not positive, or status is neither created nor confirmed
55000 the table has no runs
55006 a trigger or policy calls claim() within a claim';

CREATE FUNCTION batch_job.heartbeat(
  id text,
  run text,
  items_done bigint DEFAULT NULL,
  items_total bigint DEFAULT NULL,
  message text DEFAULT NULL,
  checkpoint jsonb DEFAULT NULL,
  lease interval DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS batch_job.directive
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_heartbeat';
COMMENT ON FUNCTION batch_job.heartbeat(text, text, bigint, bigint, text, jsonb, interval, regclass) IS
'Renews the lease of a run, stores how far it is, and tells the worker what to do.

The new lease is as long as the last one, or as lease says. Of items_done, items_total, message and checkpoint, what
is NULL stays as it is. Returns continue, pause or cancel: see the type batch_job.directive.

Errors:
22004 id or run is NULL
22008 lease is out of range
22023 items_done or items_total is negative, or lease is not positive
55000 the table has no runs
BJ002 the run is over, or the job never had it';

CREATE FUNCTION batch_job.heartbeat(
  ids text[],
  runs text[],
  lease interval DEFAULT NULL,
  job_table regclass DEFAULT NULL,
  OUT id text,
  OUT run text,
  OUT directive batch_job.directive
) RETURNS SETOF record
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_heartbeat_many';
COMMENT ON FUNCTION batch_job.heartbeat(text[], text[], interval, regclass) IS
'Renews the leases of many runs, and tells for each what to do; lost where the run is over.

Runs that others have locked are passed over and not returned. Untyped literals and parameters are taken for one run:
cast them, as in $1::text[].

Errors:
22004 ids or runs is NULL, or has a NULL
22008 lease is out of range
22023 lease is not positive
2202E ids and runs do not have the same number of elements
55000 the table has no runs';

CREATE FUNCTION batch_job.retry(
  id text,
  run text,
  error jsonb,
  delay interval DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS timestamp with time zone
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_retry';
COMMENT ON FUNCTION batch_job.retry(text, text, jsonb, interval, regclass) IS
'Ends a run whose attempt has failed, and returns from when the job may be claimed again.

The job waits for delay or, if that is NULL, for the backoff of its type; if a pause was asked for, it waits to be
resumed. NULL means that there is no next attempt: none was left, and the job has failed with the errors of all
attempts in its result; or the job was over already. When the same run calls it again, it returns the same time.

Errors:
22004 id or run is NULL
22008 delay is out of range
22023 delay is negative
55000 the table has no runs
BJ002 the run is over, or the job never had it';

CREATE FUNCTION batch_job.retry(
  id text,
  run text,
  error text,
  delay interval DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS timestamp with time zone
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_retry_text';
COMMENT ON FUNCTION batch_job.retry(text, text, text, interval, regclass) IS
'The same with the error as a text.

An untyped literal is a text: for an object, write it as ''{...}''::jsonb.';

CREATE FUNCTION batch_job.release(
  id text,
  run text,
  delay interval DEFAULT NULL,
  checkpoint jsonb DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS batch_job.run_state
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_release';
COMMENT ON FUNCTION batch_job.release(text, text, interval, jsonb, regclass) IS
'Gives a job back without charging an attempt, and returns the state of the run.

It is waiting, for at least delay if that is given; paused, if a pause was asked for; or ended, if the job is over or
gone. A checkpoint that is not NULL is kept for the next run. When the same run calls it again, it returns the same.

Errors:
22004 id or run is NULL
22008 delay is out of range
22023 delay is negative
55000 the table has no runs
BJ002 the run is over, or the job never had it';

CREATE FUNCTION batch_job.pause(id text, job_table regclass DEFAULT NULL) RETURNS batch_job.run_state
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_pause';
COMMENT ON FUNCTION batch_job.pause(text, regclass) IS
'Asks the worker of a job to stop, or keeps a job that nobody works on from being claimed.

Returns running in the first case: the worker is told by its next heartbeat, and the job is paused when it releases
it. Returns paused in the second. The status of the job does not change. A second call changes nothing.

Errors:
21000 more than one job has the id
22004 id is NULL
55000 the job is over or is processed without a run, or the table has no runs
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.resume(id text, job_table regclass DEFAULT NULL) RETURNS batch_job.run_state
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_resume';
COMMENT ON FUNCTION batch_job.resume(text, regclass) IS
'Lets a paused job go on, or takes back a pause that its worker has not obeyed yet.

Returns the state of its run afterwards; NULL if it has none. A second call changes nothing.

Errors:
21000 more than one job has the id
22004 id is NULL
55000 the job is over, or the table has no runs
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.rescue(
  max integer DEFAULT 100,
  job_table regclass DEFAULT NULL,
  OUT id text,
  OUT run text,
  OUT attempt smallint,
  OUT worker text,
  OUT state batch_job.run_state,
  OUT retry_at timestamp with time zone
) RETURNS SETOF record
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_rescue';
COMMENT ON FUNCTION batch_job.rescue(integer, regclass) IS
'Ends up to max runs whose workers are lost, and returns them.

A worker is lost when its lease is over, and over for as long again since somebody first saw that. Its job then waits
for another attempt, is paused if that was asked for, or has failed if no attempt is left. Runs whose jobs are over or
gone end, too. Runs that others have locked are passed over. claim() and heartbeat() do this now and then, so there is
no need to schedule it.

Errors:
22004 max is NULL
22023 max is less than 1
55000 the table has no runs';
