CREATE TYPE batch_job.run_state AS ENUM ('running', 'waiting', 'paused', 'ended');
COMMENT ON TYPE batch_job.run_state IS 'what is with a run: running; waiting or paused, when it is over and its job goes on with another; ended';

CREATE TYPE batch_job.run_outcome AS ENUM ('pre_processed', 'completed', 'failed', 'canceled', 'released', 'lost');
COMMENT ON TYPE batch_job.run_outcome IS 'how a run was over: as its worker said, or canceled with its job, given back, or lost with its worker';

CREATE TYPE batch_job.directive AS ENUM ('continue', 'pause', 'cancel', 'lost');
COMMENT ON TYPE batch_job.directive IS 'what a heartbeat tells a worker to do: go on; release the job, which then is paused; give it up; or know that it lost the run';
