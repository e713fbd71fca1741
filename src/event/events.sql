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
