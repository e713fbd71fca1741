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
COMMENT ON FUNCTION batch_job.attach_plan(regclass, text) IS
'Returns the statements that make a table one that attach() takes, in order, each with its reason.

A row whose statement is NULL says what you have to do yourself. There is no row for a table that attach() takes as it
is. Times without a time zone are taken to be in zone. It changes nothing, and needs no right on the table.

Errors:
22004 job_table or zone is NULL
22023 there is no such time zone
42809 it is not a table that can be a job table: a view, a partition, a foreign table, a system catalog
42P01 there is no such table';
