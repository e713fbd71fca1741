CREATE FUNCTION batch_job.record_events() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'batch_job_record_events';
COMMENT ON FUNCTION batch_job.record_events() IS 'trigger of a job table with events: records what a statement did to its jobs';

CREATE FUNCTION batch_job.guard_events() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'batch_job_guard_events';
COMMENT ON FUNCTION batch_job.guard_events() IS 'trigger of an event table: nobody but its owner changes it by hand';

CREATE FUNCTION batch_job.event_table(job_table regclass) RETURNS regclass
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_event_table';
COMMENT ON FUNCTION batch_job.event_table(regclass) IS 'the event table of a job table; NULL without one';

CREATE FUNCTION batch_job.read_events(
  after bigint DEFAULT 0,
  max integer DEFAULT 1000,
  job_table regclass DEFAULT NULL,
  OUT seq bigint,
  OUT job_id text,
  OUT event text,
  OUT from_status text,
  OUT to_status text,
  OUT actor text,
  OUT at timestamp with time zone,
  OUT xid xid8,
  OUT detail jsonb
) RETURNS SETOF record
LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_read_events';
COMMENT ON FUNCTION batch_job.read_events(bigint, integer, regclass) IS 'the next events behind a position, in order of seq; none is ever skipped because it was committed late';
