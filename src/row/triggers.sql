-- Who creates a trigger needs EXECUTE on its function, so PUBLIC keeps it: every owner of a table may attach it.
CREATE FUNCTION batch_job.maintain_row() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'batch_job_maintain_row';
COMMENT ON FUNCTION batch_job.maintain_row() IS 'trigger of a job table: id, status, updated_at, soft deletion; made by attach and create_table';

CREATE FUNCTION batch_job.delete_live_row() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'batch_job_delete_live_row';
COMMENT ON FUNCTION batch_job.delete_live_row() IS 'trigger of a live view: deletes the row of the job table below, with the right row count';

CREATE FUNCTION batch_job.record_events() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'batch_job_record_events';
COMMENT ON FUNCTION batch_job.record_events() IS 'trigger of a job table with events: records what a statement did to its jobs';

CREATE FUNCTION batch_job.guard_events() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'batch_job_guard_events';
COMMENT ON FUNCTION batch_job.guard_events() IS 'trigger of an event table: nobody but its owner changes it by hand';
