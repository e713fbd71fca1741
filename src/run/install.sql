CREATE TYPE batch_job.run_state AS ENUM ('running', 'waiting', 'paused', 'ended');
COMMENT ON TYPE batch_job.run_state IS 'what is with a run: running; waiting or paused, when it is over and its job goes on with another; ended';

CREATE TYPE batch_job.run_outcome AS ENUM ('pre_processed', 'completed', 'failed', 'canceled', 'released', 'lost');
COMMENT ON TYPE batch_job.run_outcome IS 'how a run was over: as its worker said, or canceled with its job, given back, or lost with its worker';

CREATE TYPE batch_job.directive AS ENUM ('continue', 'pause', 'cancel', 'lost');
COMMENT ON TYPE batch_job.directive IS 'what a heartbeat tells a worker to do: go on; release the job, which then is paused; give it up; or know that it lost the run';

CREATE FUNCTION batch_job.remove_runs() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'batch_job_remove_runs';
COMMENT ON FUNCTION batch_job.remove_runs() IS 'trigger of a job table with runs: removes the runs of jobs that are gone';

CREATE FUNCTION batch_job.run_table(job_table regclass) RETURNS regclass
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_run_table';
COMMENT ON FUNCTION batch_job.run_table(regclass) IS 'the table of the runs of a job table; NULL without one';

CREATE FUNCTION batch_job.type_table(job_table regclass) RETURNS regclass
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_type_table';
COMMENT ON FUNCTION batch_job.type_table(regclass) IS 'the table that says how jobs of a type are treated; NULL without one';

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
COMMENT ON FUNCTION batch_job.claim(text[], integer, text, interval, batch_job.status, regclass) IS 'give a worker jobs to do, each with a run and a lease; none twice';

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
COMMENT ON FUNCTION batch_job.heartbeat(text, text, bigint, bigint, text, jsonb, interval, regclass) IS 'renew the lease of a run, say how far it is, and ask what to do';

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
COMMENT ON FUNCTION batch_job.heartbeat(text[], text[], interval, regclass) IS 'renew the leases of many runs, and ask what to do with each; those that are locked are passed over';

CREATE FUNCTION batch_job.retry(
  id text,
  run text,
  error jsonb,
  delay interval DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS timestamp with time zone
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_retry';
COMMENT ON FUNCTION batch_job.retry(text, text, jsonb, interval, regclass) IS 'the attempt has failed: when the job may be claimed again; NULL: no attempt is left, and the job has failed';

CREATE FUNCTION batch_job.retry(
  id text,
  run text,
  error text,
  delay interval DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS timestamp with time zone
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_retry_text';
COMMENT ON FUNCTION batch_job.retry(text, text, text, interval, regclass) IS 'the attempt has failed: when the job may be claimed again; NULL: no attempt is left, and the job has failed';

CREATE FUNCTION batch_job.release(
  id text,
  run text,
  delay interval DEFAULT NULL,
  checkpoint jsonb DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS batch_job.run_state
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_release';
COMMENT ON FUNCTION batch_job.release(text, text, interval, jsonb, regclass) IS 'give a job back without an attempt being charged: for a shutdown, a pause, or a job that was canceled';

CREATE FUNCTION batch_job.pause(id text, job_table regclass DEFAULT NULL) RETURNS batch_job.run_state
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_pause';
COMMENT ON FUNCTION batch_job.pause(text, regclass) IS 'ask the worker of a job to stop for a while; one that waits is paused at once';

CREATE FUNCTION batch_job.resume(id text, job_table regclass DEFAULT NULL) RETURNS batch_job.run_state
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_resume';
COMMENT ON FUNCTION batch_job.resume(text, regclass) IS 'let a paused job go on';

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
COMMENT ON FUNCTION batch_job.rescue(integer, regclass) IS 'end the runs whose workers are lost, so that their jobs go on or have failed; returns them; claims and heartbeats do it too';

CREATE FUNCTION batch_job.claim_problems(types text[] DEFAULT NULL, job_table regclass DEFAULT NULL) RETURNS SETOF text
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_claim_problems';
COMMENT ON FUNCTION batch_job.claim_problems(text[], regclass) IS 'why a claim finds no job: rights, pauses, limits, or what the jobs are waiting for; no row when it would find one';
