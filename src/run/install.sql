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
