CREATE FUNCTION batch_job.duration(since timestamp with time zone, until timestamp with time zone) RETURNS interval
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_duration';
COMMENT ON FUNCTION batch_job.duration(timestamp with time zone, timestamp with time zone) IS
'Returns the time between two times: never negative; NULL if one of them is infinite.';

CREATE FUNCTION batch_job.items(result jsonb, key text) RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_items';
COMMENT ON FUNCTION batch_job.items(jsonb, text) IS
'Returns the count that the result of a job has under a key such as advancement_count; NULL if it has none.';

CREATE FUNCTION batch_job.percent(items_done bigint, items_total bigint) RETURNS double precision
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_percent';
COMMENT ON FUNCTION batch_job.percent(bigint, bigint) IS
'Returns how much of the work is done, from 0 to 100, with two digits and rounded down, so that 100 means all of it.

NULL if there are no items.';

CREATE FUNCTION batch_job.rate(
  base_at timestamp with time zone,
  base_items bigint,
  rate_at timestamp with time zone,
  rate_items bigint
) RETURNS double precision
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_rate';
COMMENT ON FUNCTION batch_job.rate(timestamp with time zone, bigint, timestamp with time zone, bigint) IS
'Returns how many items a second a run has done between two reports.

NULL before there is anything to go by. The view of the progress calls it with the columns of the run that have these
names; where base_at is NULL there, with claimed_at.';

CREATE FUNCTION batch_job.eta(
  base_at timestamp with time zone,
  base_items bigint,
  rate_at timestamp with time zone,
  rate_items bigint,
  progress_at timestamp with time zone,
  items_done bigint,
  items_total bigint,
  at timestamp with time zone
) RETURNS interval
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_eta';
COMMENT ON FUNCTION batch_job.eta(timestamp with time zone, bigint, timestamp with time zone, bigint, timestamp with time zone, bigint, bigint, timestamp with time zone) IS
'Returns how long the rest of a run will take, seen at a time: whole seconds, never negative.

NULL before there is anything to go by, and when the worker has made no progress for longer than it had worked before.
The view of the progress calls it with the columns of the run that have these names.';

CREATE FUNCTION batch_job.progress(
  job_table regclass DEFAULT NULL,
  OUT id text,
  OUT status batch_job.status,
  OUT state text,
  OUT type text,
  OUT created_by text,
  OUT worker text,
  OUT attempt smallint,
  OUT max_attempts smallint,
  OUT items_done bigint,
  OUT items_total bigint,
  OUT percent double precision,
  OUT rate double precision,
  OUT eta interval,
  OUT message text,
  OUT started_at timestamp with time zone,
  OUT quiet_for interval,
  OUT stalled_for interval,
  OUT due_at timestamp with time zone,
  OUT retry_at timestamp with time zone,
  OUT last_error jsonb
) RETURNS SETOF record
LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_progress';
COMMENT ON FUNCTION batch_job.progress(regclass) IS
'Returns how far the open jobs of a table are: the rows of its view <table>_progress, which has a description of each
column.

It works without the option runs, too. Then the items come from the result of the job, and whatever is processing
counts as running, because nobody knows of workers. It shows what the caller may see, and works on a standby.';

CREATE FUNCTION batch_job.queue_stats(
  job_table regclass DEFAULT NULL,
  OUT type text,
  OUT waiting bigint,
  OUT due bigint,
  OUT running bigint,
  OUT retrying bigint,
  OUT paused bigint,
  OUT suspect bigint,
  OUT unconfirmed bigint,
  OUT no_run bigint,
  OUT oldest_due interval,
  OUT slots_used bigint,
  OUT max_running integer,
  OUT owner_slots_used bigint,
  OUT max_running_per_owner integer,
  OUT type_paused boolean
) RETURNS SETOF record
LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_queue_stats';
COMMENT ON FUNCTION batch_job.queue_stats(regclass) IS
'Returns how many open jobs each type has, and how much of its limits is used.

A type has a row if it has open jobs, runs, or settings. Only open jobs and runs are read. Rows whose status is not
filled in yet are not counted.

- waiting, running, retrying, paused, suspect: open jobs in this state, as the view <table>_progress has it
- unconfirmed: jobs that are prepared, and wait for a confirmation
- no_run: jobs that are processing without a run, so that nobody rescues them; without the option runs they are in
  running
- due: those of the waiting and retrying jobs whose time has come, whether or not a limit or a pause of the type is in
  the way
- oldest_due: how long the oldest of the due jobs has been waiting: since its start_after, its creation or its
  confirmation, whichever is latest; reopening it, or a pause before its first run, does not restart this; after a run,
  since its retry_at
- slots_used: how many runs count against max_running; the run of a canceled job does until its worker has let go
- owner_slots_used: the most of these that any one created_by uses
- max_running, max_running_per_owner, type_paused: the settings of the type';

CREATE FUNCTION batch_job.job_stats(
  since interval DEFAULT '1 day',
  job_table regclass DEFAULT NULL,
  OUT type text,
  OUT completed bigint,
  OUT failed bigint,
  OUT canceled bigint,
  OUT claimed bigint,
  OUT lost bigint,
  OUT failed_attempts bigint,
  OUT preparing_median interval,
  OUT preparing_p95 interval,
  OUT review_median interval,
  OUT review_p95 interval,
  OUT waiting_median interval,
  OUT waiting_p95 interval,
  OUT processing_median interval,
  OUT processing_p95 interval
) RETURNS SETOF record
LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_job_stats';
COMMENT ON FUNCTION batch_job.job_stats(interval, regclass) IS
'Returns what has become of the jobs of each type lately, and how long their stages took.

Only the jobs that were over within that time are read: a created table finds them by a BRIN index on
GREATEST(completed_at, canceled_at, failed_at).

- completed, failed, canceled: jobs that were over within that time
- claimed: runs that began
- lost, failed_attempts: runs that ended because the worker was lost, or the attempt failed; these three are 0 without
  the option runs
- preparing_median, preparing_p95: from created to prepared; the median, and the 95th percentile, of the jobs that
  were over
- review_median, review_p95: from prepared to confirmed, of dry runs
- waiting_median, waiting_p95: from confirmed, or from start_after if that is later, to processing
- processing_median, processing_p95: from processing to the end

Errors:
22004 since is NULL
22008 since is out of range
22023 since is negative';

CREATE FUNCTION batch_job.claim_problems(types text[] DEFAULT NULL, job_table regclass DEFAULT NULL) RETURNS SETOF text
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_claim_problems';
COMMENT ON FUNCTION batch_job.claim_problems(text[], regclass) IS
'Returns why a claim of these types, or of all types if it is NULL, finds no job: a sentence each.

Returns no row if the claim would find one. It names missing rights, pauses, limits, and what the jobs wait for. It
reads all open jobs.

Errors:
55000 the table has no runs';
