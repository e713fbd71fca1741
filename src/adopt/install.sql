-- The settings are for what it writes: names with their schema, and times that every session reads alike.
CREATE FUNCTION batch_job.attach_plan(
  job_table regclass,
  zone text DEFAULT 'UTC',
  OUT statement text,
  OUT why text
) RETURNS SETOF record
LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
SET datestyle = ISO
AS 'MODULE_PATHNAME', 'batch_job_attach_plan';
COMMENT ON FUNCTION batch_job.attach_plan(regclass, text) IS 'the statements that make a table one that attach takes, in order, each with its reason; NULL where a person has to act';
