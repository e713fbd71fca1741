CREATE FUNCTION batch_job.create_table(
  name text DEFAULT 'batch_job',
  soft_delete boolean DEFAULT true,
  guard boolean DEFAULT true,
  events boolean DEFAULT false,
  notify boolean DEFAULT false,
  confirm_by_other boolean DEFAULT false,
  id_prefix text DEFAULT 'batch',
  runs boolean DEFAULT false,
  created_by regclass DEFAULT NULL
) RETURNS regclass
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_create_table';
COMMENT ON FUNCTION batch_job.create_table(text, boolean, boolean, boolean, boolean, boolean, text, boolean, regclass) IS
'Makes a job table with its indexes, its views and, with events or runs, the tables beside it, and returns it.

The caller owns all of it. The name may have a schema, and is quoted as in SQL. The options are described under
options(). The argument created_by is a table of users: the column created_by then has the type of its primary key
(text, varchar, uuid, integer or bigint), a foreign key with ON DELETE SET NULL, and an index. It waits at most 3
seconds for the lock on that table, unless lock_timeout is set.

Errors:
22004 name is NULL
22023 notify is on and events is off, or id_prefix is not a prefix
42501 the caller may not create tables there, or may not refer to the users
42602 name is not a valid name of a table
42804 the primary key of the users has a type that created_by cannot have
42809 created_by is not a table
42830 the users have no primary key of one column
42P01 there is no table created_by
42P07 the name of the table, or of one that is made beside it, is taken
55P03 the lock on the users could not be obtained in time';

CREATE FUNCTION batch_job.attach(
  job_table regclass,
  soft_delete boolean DEFAULT NULL,
  guard boolean DEFAULT NULL,
  events boolean DEFAULT NULL,
  notify boolean DEFAULT NULL,
  confirm_by_other boolean DEFAULT NULL,
  id_prefix text DEFAULT NULL,
  runs boolean DEFAULT NULL,
  backfill boolean DEFAULT true
) RETURNS regclass
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_attach';
COMMENT ON FUNCTION batch_job.attach(regclass, boolean, boolean, boolean, boolean, boolean, text, boolean, boolean) IS
'Makes an existing table a job table, or changes the options of one, and returns its view of the live jobs.

An option that is NULL stays as it is; at first soft_delete is on, id_prefix is batch, and the others are off. The
options are described under options(). Called again, it also brings the views up to date with the table''s columns.
Your data stay as they are, and updated_at does not move. It makes no indexes. attach_plan() tells what to do with a
table that does not fit.

It works in the caller''s transaction under an ACCESS EXCLUSIVE lock, for which it waits at most 3 seconds, unless
lock_timeout is set; for the lock on the view of the progress, when runs is given, it does not wait. Under that lock
it fills in the status of all rows, about 10 seconds for a million. With backfill => false it does not, and backfill()
does so later beside running traffic.

Errors:
22004 job_table is NULL
22023 notify is on and events is off, or id_prefix is not a prefix
2BP01 something depends on the view of the progress, which runs => false drops
40001 another table got the name of this one meanwhile
42501 the caller does not own the table, or what is beside it; or row-level security is forced on the owner
42710 a trigger or CHECK of yours has the name of one that attach makes
42809 it is not a table that can be a job table: a view, a partition, a foreign table, a system catalog
42P07 the name of a view, or of a table of events or runs, is taken
42P16 the table lacks something that a job needs; the DETAIL names all of it
55000 backfill is false, and the table has a column status that detach has left
55006 filling in the status leaves deferred triggers pending (42501 for a superuser): SET CONSTRAINTS ALL IMMEDIATE before
55P03 a lock could not be obtained in time';

CREATE FUNCTION batch_job.attach_partition() RETURNS event_trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'batch_job_attach_partition';
COMMENT ON FUNCTION batch_job.attach_partition() IS
'Event trigger after CREATE TABLE, ALTER TABLE and CREATE SCHEMA: gives a new partition of a job table the triggers of
events and runs, which PostgreSQL does not hand down.

A partition of another owner stays as it is.

Errors:
22023 the triggers of the job table have arguments that attach() did not give them
39P03 it is not called by such an event trigger';

CREATE EVENT TRIGGER batch_job_attach_partition ON ddl_command_end
WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE SCHEMA')
EXECUTE FUNCTION batch_job.attach_partition();
COMMENT ON EVENT TRIGGER batch_job_attach_partition IS
'Gives new partitions of job tables the triggers of events and runs.';

CREATE PROCEDURE batch_job.backfill(job_table regclass DEFAULT NULL, batch_size integer DEFAULT 1000)
LANGUAGE C
AS 'MODULE_PATHNAME', 'batch_job_backfill';
COMMENT ON PROCEDURE batch_job.backfill(regclass, integer) IS
'Fills in the status of the rows of a table that was attached with backfill => false, beside running traffic.

It commits after each batch of batch_size rows, passes over rows that are locked and comes back for them, and at the
end validates the CHECK and sets the column NOT NULL. It can be stopped and called again, which is also what to do
after 55P03 and 40001. Your own triggers fire for the rows that it fills. Only the owner may call it.

Errors:
22004 batch_size is NULL
22023 batch_size is less than 1
23514 somebody writes rows without a status while triggers are off
2D000 it is called in a transaction block
40001 a row has moved to another partition
42501 the caller does not own the table
55P03 a lock could not be obtained in time';

CREATE FUNCTION batch_job.detach(job_table regclass, drop_status boolean DEFAULT false) RETURNS void
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_detach';
COMMENT ON FUNCTION batch_job.detach(regclass, boolean) IS
'Makes a job table an ordinary table again: drops its triggers, CHECKs, defaults and views.

The data stay, and so do the tables of events and runs. The column status stays as well, though nothing keeps it right
any more, unless drop_status is true, in this call or in a later one. It works in the caller''s transaction under an
ACCESS EXCLUSIVE lock, for which it waits at most 3 seconds, unless lock_timeout is set; for the lock on the view of
the progress it does not wait.

Errors:
22004 job_table is NULL
2BP01 something depends on a view, or on the column status
40001 another table got the name of this one meanwhile
42501 the caller does not own the table
55P03 a lock could not be obtained in time, or the events or the view of the progress are in use';

CREATE FUNCTION batch_job.live_view(job_table regclass) RETURNS regclass
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_live_view';
COMMENT ON FUNCTION batch_job.live_view(regclass) IS
'Returns the view of the live jobs of a job table, those that are not soft-deleted; NULL if it has none.';

CREATE FUNCTION batch_job.progress_view(job_table regclass) RETURNS regclass
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_progress_view';
COMMENT ON FUNCTION batch_job.progress_view(regclass) IS
'Returns the view of the progress of a job table; NULL if its option runs is off.';

CREATE FUNCTION batch_job.attached(
  OUT job_table regclass,
  OUT live_view regclass,
  OUT progress_view regclass,
  OUT event_table regclass,
  OUT run_table regclass,
  OUT type_table regclass,
  OUT soft_delete boolean,
  OUT guard boolean,
  OUT notify boolean,
  OUT confirm_by_other boolean,
  OUT id_prefix text,
  OUT backfilled boolean
) RETURNS SETOF record
LANGUAGE SQL STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
  SELECT t.job_table,
         batch_job.live_view(t.job_table),
         batch_job.progress_view(t.job_table),
         batch_job.event_table(t.job_table),
         batch_job.run_table(t.job_table),
         batch_job.type_table(t.job_table),
         o.soft_delete,
         o.guard,
         o.notify,
         o.confirm_by_other,
         o.id_prefix,
         a.attnotnull
    FROM (SELECT DISTINCT tgrelid::regclass AS job_table
            FROM pg_catalog.pg_trigger
           WHERE tgfoid = 'batch_job.maintain_row()'::regprocedure
             AND tgparentid = 0) t
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.job_table AND a.attname = 'status' AND NOT a.attisdropped
   CROSS JOIN LATERAL batch_job.options(t.job_table) o
   ORDER BY t.job_table::text COLLATE "C";
END;
COMMENT ON FUNCTION batch_job.attached() IS
'Returns the job tables of this database, with what belongs to them and their options.

Where events is off, event_table is NULL; where runs is off, progress_view, run_table and type_table are. The options
are described under options(). The column backfilled tells whether every row has its status.';
