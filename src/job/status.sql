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
) IS 'the status that six time stamps mean: the last of the life cycle that is set, whatever their order in time';
