-- Who creates a trigger needs EXECUTE on its function, so PUBLIC keeps it: every owner of a table may attach it.
CREATE FUNCTION batch_job.maintain_row() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'batch_job_maintain_row';
COMMENT ON FUNCTION batch_job.maintain_row() IS
'Trigger of a job table, for each row: makes the id, fills in created_at and updated_at, derives the status, applies
the option guard, and turns DELETE into a soft deletion. attach() and create_table() make it, as zz_batch_job.

An id that is NULL or empty is generated. The column updated_at moves on every UPDATE, at least by a microsecond.

Errors:
22001 the id column is too short for a generated id
22023 the trigger has arguments that attach() did not give it
39P01 it is not fired as it must be
42P16 a column of a job is missing, or has another type
55000 the option guard is on, and the UPDATE is not a step of the life cycle';

CREATE FUNCTION batch_job.delete_live_row() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'batch_job_delete_live_row';
COMMENT ON FUNCTION batch_job.delete_live_row() IS
'Trigger of a live view, instead of DELETE: deletes the row of the job table below, softly if the table does, so that
the row count and RETURNING are right.

Errors:
39P01 it is not fired as it must be
42809 the view is not one of a single job table
42P16 the view does not show the key of the table';

CREATE FUNCTION batch_job.created_by_user(job record, job_table regclass DEFAULT NULL) RETURNS jsonb
LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_created_by_user';
COMMENT ON FUNCTION batch_job.created_by_user(record, regclass) IS
'Returns the row that the foreign key on created_by points to, with all its columns.

NULL when created_by is NULL, the table has no such foreign key, or row-level security hides the row from the caller.
The job table is the one that the row is from; for a row of a join or a value of the type batch_job.batch_job, give
job_table.

Errors:
22023 the row does not tell which table it is from, and job_table does not either
22P02 created_by is not an id in the type that the users have
42501 the caller may not read the table of users
42804 the row is not a job';

CREATE FUNCTION batch_job.purge(
  older_than interval,
  max_rows integer DEFAULT 10000,
  job_table regclass DEFAULT NULL
) RETURNS bigint
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_purge';
COMMENT ON FUNCTION batch_job.purge(interval, integer, regclass) IS
'Removes for good the jobs that were soft-deleted at least that long ago, at most max_rows of them, and returns how
many.

Call it again until it returns less than max_rows. The last call also removes runs whose job has vanished in another
way, for which it reads all runs. Rows that others have locked are passed over. It needs DELETE, SELECT and UPDATE of
the jobs.

Errors:
22004 older_than or max_rows is NULL
22008 older_than is out of range
22023 older_than is negative, or max_rows is less than 1
23503 a row of another table refers to a job; then nothing is removed: let such foreign keys cascade, or set NULL';
