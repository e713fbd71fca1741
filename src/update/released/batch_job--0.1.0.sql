\echo Use "CREATE EXTENSION batch_job" to load this file. \quit

-- The schema belongs to whoever runs this script, the bootstrap superuser; so nobody else can put functions into it.
CREATE SCHEMA batch_job;
COMMENT ON SCHEMA batch_job IS
'Types and functions of the extension batch_job, which keeps batch jobs in tables of your own.

Call the functions with the schema, as batch_job.claim(), and keep it off search_path: some have names as short as
restore. They run with the caller''s privileges and under row-level security. Where job_table is NULL, they work on the
table that the name batch_job finds on search_path, as in a plain UPDATE.

Errors of every function that works on a job table:
25006 it writes, and the transaction is read-only or the server is a standby
40001 a table or one of its rows was changed at the wrong moment, or after the snapshot of this transaction: run it again
42501 a privilege is missing, or row-level security or a trigger keeps a row as it is
42704 somebody has renamed the enum batch_job.status or one of its labels
42809 it is not a table, or it is a partition of one
42P01 there is no such table, or no table batch_job on the search path
42P16 the table, or a table beside it, no longer has the columns that it was made with
55000 it is not a job table

A function that writes to jobs also raises the errors of the triggers of the table, see maintain_row() and
record_events(), and those of its constraints and of your own triggers.';
GRANT USAGE ON SCHEMA batch_job TO PUBLIC;
-- PARALLEL RESTRICTED: in the leader alone, the ids of a session rise.
CREATE FUNCTION batch_job.generate_id(prefix text DEFAULT 'batch') RETURNS text
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_generate_id';
COMMENT ON FUNCTION batch_job.generate_id(text) IS
'Makes a new id: a prefix, an underscore and a ULID, as in batch_01ARZ3NDEKTSV4RRFFQ69G5FAV.

It is higher than every id that this session has made before, also when the clock steps back. The ids of different
sessions rise from millisecond to millisecond. Works in a read-only transaction and on a standby, too.

Errors:
22008 the clock stands before 1970 or after 10889 AD
22023 prefix is not 1 to 63 ASCII letters, digits, underscores and hyphens';

CREATE FUNCTION batch_job.id_timestamp(id text) RETURNS timestamp with time zone
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_id_timestamp';
COMMENT ON FUNCTION batch_job.id_timestamp(text) IS
'Returns when a generated id was made, in whole milliseconds.

The part behind the prefix may be in lower case, with i or l for 1 and o for 0.

Errors:
22P02 id does not have the form of a generated one';

CREATE FUNCTION batch_job.id_floor(at timestamp with time zone, prefix text DEFAULT 'batch') RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_id_floor';
COMMENT ON FUNCTION batch_job.id_floor(timestamp with time zone, text) IS
'Returns the lowest id of a millisecond in collation "C": a bound for scans of the primary key and for partitions.

Ids that were made at a time or later are id >= id_floor(at). A column of another collation needs id COLLATE "C" in
the query.

Errors:
22008 at is before 1970 or after 10889 AD
22023 prefix is not 1 to 63 ASCII letters, digits, underscores and hyphens';

CREATE FUNCTION batch_job.is_id(id text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_is_id';
COMMENT ON FUNCTION batch_job.is_id(text) IS
'Tells whether an id has the form of a generated one: prefix, underscore, ULID.

The ULID may be in lower case, with i or l for 1 and o for 0.';

CREATE FUNCTION batch_job.id_to_uuid(id text) RETURNS uuid
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_id_to_uuid';
COMMENT ON FUNCTION batch_job.id_to_uuid(text) IS
'Returns the 128 bits of a generated id, without its prefix, as a uuid.

The part behind the prefix may be in lower case, with i or l for 1 and o for 0.

Errors:
22P02 id does not have the form of a generated one';

CREATE FUNCTION batch_job.id_from_uuid(uuid uuid, prefix text DEFAULT 'batch') RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_id_from_uuid';
COMMENT ON FUNCTION batch_job.id_from_uuid(uuid, text) IS
'Returns the id that has these 128 bits: the reverse of id_to_uuid().

Errors:
22023 prefix is not 1 to 63 ASCII letters, digits, underscores and hyphens';
CREATE TYPE batch_job.status AS ENUM
  ('created', 'pre_processed', 'confirmed', 'processing', 'completed', 'canceled', 'failed');
COMMENT ON TYPE batch_job.status IS
'Where a job is in its life cycle: the last of these labels whose timestamp is set.

The enum sorts in this order, so status < ''completed'' means that the job is open.

- created: asked for; no other timestamp is set
- pre_processed: prepared, and waiting for a confirmation
- confirmed: to be done
- processing: being done
- completed: done
- canceled: given up
- failed: gone wrong';

CREATE TYPE batch_job.batch_job AS (
  id text,
  created_at timestamp with time zone,
  updated_at timestamp with time zone,
  deleted_at timestamp with time zone,
  type text,
  created_by text,
  context jsonb,
  result jsonb,
  dry_run boolean,
  pre_processed_at timestamp with time zone,
  processing_at timestamp with time zone,
  confirmed_at timestamp with time zone,
  completed_at timestamp with time zone,
  canceled_at timestamp with time zone,
  failed_at timestamp with time zone,
  status batch_job.status
);
COMMENT ON TYPE batch_job.batch_job IS
'A job as functions return it: 16 columns in this order, whatever the order of the table''s columns is, and whatever
other columns it has.

Its created_by is always text.';

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
) IS
'Returns the status that six timestamps mean: the last of them in the life cycle that is set, whatever their order in
time.

A job that was completed and then canceled is canceled. This is the rule behind the column status; it never changes.';

CREATE FUNCTION batch_job.to_json(job record) RETURNS json
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_to_json';
COMMENT ON FUNCTION batch_job.to_json(record) IS
'Returns a job as JSON: 16 keys in the order of the type batch_job.batch_job.

The job may be a row of a job table, of its view, of a join, or a value of that type. Times are in UTC with
milliseconds, cut off and not rounded, as "2022-06-27T22:00:00.000Z", whatever TimeZone and DateStyle are. Years
outside 0 to 9999 are written as ECMAScript does ("-000043", "+010000"; year 0 is 1 BC), and infinite times as
"infinity" and "-infinity". The status is derived from the timestamps of the row.

Errors:
42804 the row is not a job';

-- The CHECKs of a created table call these two, each with nothing but its column: PostgreSQL reads a CHECK from its text for
-- every statement, so a short one is a fast one.
CREATE FUNCTION batch_job.is_context(context jsonb) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_is_context';
COMMENT ON FUNCTION batch_job.is_context(jsonb) IS
'Tells whether a value may be the context of a job: whether it is an object.

A CHECK of each created table calls it.';

CREATE FUNCTION batch_job.is_result(result jsonb) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_is_result';
COMMENT ON FUNCTION batch_job.is_result(jsonb) IS
'Tells whether a value may be the result of a job: an object in which result_problems() finds nothing.

A CHECK of each created table calls it.';

CREATE FUNCTION batch_job.result_problems(result jsonb) RETURNS text[]
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_result_problems';
COMMENT ON FUNCTION batch_job.result_problems(jsonb) IS
'Returns what is wrong with a result, a sentence each; an empty array when nothing is.

It must be an object. Known keys must have these values; JSON null counts as missing, and other keys may hold
anything:

- count, advancement_count, progress, file_size: numbers
- file_key: a string
- errors: an array of strings, or of objects with the strings message and code
- stat_descriptors: an array of objects with the strings key, name and message';

CREATE FUNCTION batch_job.merge_object(old jsonb, new jsonb) RETURNS jsonb
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_merge_object';
COMMENT ON FUNCTION batch_job.merge_object(jsonb, jsonb) IS
'Returns an object with the keys of both at the top level; where both have a key, the new value counts.

This is what update() does. NULL counts as an empty object. Where old is not an object, it is kept under the key
previous.

Errors:
22023 old is an object, and new is neither an object nor an array';

CREATE FUNCTION batch_job.append_error(result jsonb, error jsonb) RETURNS jsonb
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_append_error';
COMMENT ON FUNCTION batch_job.append_error(jsonb, jsonb) IS
'Returns a result with one more entry in its array errors, as fail() does.

Nothing that was there is lost. A string, and an object with the strings message and code, are appended as they are.
Anything else becomes {"code": "unknown", "message": ..., "error": ...}. Where errors is not an array, it becomes the
first entry of one; where the result is not an object, it is kept under the key previous.';

CREATE FUNCTION batch_job.append_errors(result jsonb, errors jsonb) RETURNS jsonb
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_append_errors';
COMMENT ON FUNCTION batch_job.append_errors(jsonb, jsonb) IS
'Returns a result to which each entry of an array was appended as by append_error().

Anything else counts as an array of one.';

CREATE FUNCTION batch_job.digest_plan(type text, context jsonb, result jsonb) RETURNS text
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_digest_plan';
COMMENT ON FUNCTION batch_job.digest_plan(text, jsonb, jsonb) IS
'Returns the digest of a plan: the SHA-256, in hexadecimal, of {"type": ..., "context": ..., "result": ...} as jsonb
writes it, in UTF-8. plan_digest() gives it for a job.

Errors:
22021 the database has no encoding, and the text is not valid UTF-8';

CREATE FUNCTION batch_job.options(
  job_table regclass,
  OUT soft_delete boolean,
  OUT guard boolean,
  OUT events boolean,
  OUT notify boolean,
  OUT confirm_by_other boolean,
  OUT id_prefix text,
  OUT runs boolean
) RETURNS record
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_options';
COMMENT ON FUNCTION batch_job.options(regclass) IS
'Returns the options of a job table, which are arguments of its triggers; NULL for a table that is not a job table.

An option is NULL if its trigger has arguments that attach() did not give it; such a trigger refuses all writes.

- soft_delete: DELETE keeps the row and sets deleted_at
- guard: an UPDATE of your own may only take the steps of the life cycle: a timestamp is set once and in its turn,
  only reopen() clears one; id and created_at stay; times that are written back without their microseconds stay as
  they are
- events: each change of a job leaves a row in the table <table>_event, in the same transaction
- notify: with events, each statement sends a notification on the channel batch_job
- confirm_by_other: confirm() refuses whoever created the job
- id_prefix: what generated ids start with: 1 to 63 ASCII letters, digits, underscores and hyphens
- runs: workers get jobs by claim(), and the table has the tables <table>_run and <table>_type and the view
  <table>_progress';
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
CREATE FUNCTION batch_job.record_events() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'batch_job_record_events';
COMMENT ON FUNCTION batch_job.record_events() IS
'Trigger of a job table with events, once for each statement: records what the statement did to its jobs. attach() and
create_table() make three of them, 00_batch_job_insert, 00_batch_job_update and 00_batch_job_delete.

It works as the owner of the jobs, so whoever may change jobs needs no right on the event table.

Errors:
22023 the trigger has arguments that attach() did not give it
23502 a job has no id
39P01 it is not fired as it must be
42501 the event table belongs to another role
42P16 a column of a job is missing, or the event table does not number its events in order';

CREATE FUNCTION batch_job.guard_events() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'batch_job_guard_events';
COMMENT ON FUNCTION batch_job.guard_events() IS
'Trigger of an event table: only its owner may change it by hand, so it is append-only for everybody else.

Errors:
39P01 it is not fired as it must be
42501 somebody other than the owner changes events';

CREATE FUNCTION batch_job.event_table(job_table regclass) RETURNS regclass
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_event_table';
COMMENT ON FUNCTION batch_job.event_table(regclass) IS
'Returns the event table of a job table; NULL if its option events is off.';

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
COMMENT ON FUNCTION batch_job.read_events(bigint, integer, regclass) IS
'Returns the events behind a position, in the order of seq, at most max of them.

No event is ever skipped because its transaction committed late: an event is given only when no other can still appear
before it. That is at once where no number is missing, and otherwise when the transactions that ran when it was
written are over. What it gives is on disk, except for events of the transaction that reads. It needs SELECT on the
event table. The position is the highest seq that the consumer is done with. The columns are described under the table
<table>_event. The events are:

- batch.created: a row was inserted
- batch.pre_processed, batch.confirmed, batch.processing, batch.completed, batch.canceled, batch.failed: this
  timestamp was set and moved the status up; one event for each, in the order of the life cycle, also when one
  statement sets several
- batch.updated: anything else has changed, or the status went back because a timestamp was cleared, or the id is
  another one
- batch.reopened: reopen() took a failed or canceled job back
- batch.deleted: deleted_at was set; or the row is gone for good, and to_status is NULL
- batch.restored: deleted_at was cleared

Errors:
22004 after or max is NULL
22023 after is negative, or max is less than 1
42P16 the event table lacks a column, or has one of another type, or does not number its events in order
55000 the table has no events';
CREATE TYPE batch_job.run_state AS ENUM ('running', 'waiting', 'paused', 'ended');
COMMENT ON TYPE batch_job.run_state IS
'The state of a run.

- running: a worker has the job
- waiting: the run is over, and the job waits for the next one
- paused: the run is over, and the job waits to be resumed
- ended: the run is over, and so is the job; or another run followed';

CREATE TYPE batch_job.run_outcome AS ENUM ('pre_processed', 'completed', 'failed', 'canceled', 'released', 'lost');
COMMENT ON TYPE batch_job.run_outcome IS
'How a run ended.

- pre_processed: its worker has prepared the job
- completed: its worker has done the job
- failed: the attempt has failed
- canceled: the job was over or gone before the run was
- released: its worker has given the job back
- lost: nothing was heard of its worker for too long';

CREATE TYPE batch_job.directive AS ENUM ('continue', 'pause', 'cancel', 'lost');
COMMENT ON TYPE batch_job.directive IS
'What a heartbeat tells a worker to do.

- continue: go on
- pause: release the job, which is then paused
- cancel: stop, and release the job, which is over, deleted or gone
- lost: forget the job, which is no longer this worker''s; only the heartbeat for many says this, the one for one
  raises BJ002';

CREATE FUNCTION batch_job.remove_runs() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'batch_job_remove_runs';
COMMENT ON FUNCTION batch_job.remove_runs() IS
'Trigger of a job table with runs, 00_batch_job_runs: removes the runs of jobs that are removed for good.

It works as the owner of the jobs. A run that somebody has locked is passed over.

Errors:
39P01 it is not fired as it must be
42501 the table of runs belongs to another role';

CREATE FUNCTION batch_job.run_table(job_table regclass) RETURNS regclass
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_run_table';
COMMENT ON FUNCTION batch_job.run_table(regclass) IS
'Returns the table of the runs of a job table; NULL if its option runs is off.';

CREATE FUNCTION batch_job.type_table(job_table regclass) RETURNS regclass
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_type_table';
COMMENT ON FUNCTION batch_job.type_table(regclass) IS
'Returns the table that says how jobs of a type are treated; NULL if the option runs of the job table is off.';

CREATE FUNCTION batch_job.claim(
  types text[] DEFAULT NULL,
  max integer DEFAULT 1,
  worker text DEFAULT NULL,
  lease interval DEFAULT NULL,
  status batch_job.status DEFAULT NULL,
  job_table regclass DEFAULT NULL,
  OUT run text,
  OUT attempt smallint,
  OUT lease_until timestamp with time zone,
  OUT items_done bigint,
  OUT items_total bigint,
  OUT checkpoint jsonb,
  OUT id text,
  OUT created_at timestamp with time zone,
  OUT updated_at timestamp with time zone,
  OUT deleted_at timestamp with time zone,
  OUT type text,
  OUT created_by text,
  OUT context jsonb,
  OUT result jsonb,
  OUT dry_run boolean,
  OUT pre_processed_at timestamp with time zone,
  OUT processing_at timestamp with time zone,
  OUT confirmed_at timestamp with time zone,
  OUT completed_at timestamp with time zone,
  OUT canceled_at timestamp with time zone,
  OUT failed_at timestamp with time zone,
  OUT status batch_job.status
) RETURNS SETOF record
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_claim';
COMMENT ON FUNCTION batch_job.claim(text[], integer, text, interval, batch_job.status, regclass) IS
'Gives a worker up to max jobs, each with a run and a lease.

No job is given to two workers. It gives jobs that are confirmed, which are processing from then on; jobs that wait
for another run and are due; and jobs that are created, to be prepared. Lower priority comes first, then whichever has
been due the longest. It keeps the limits of the types, and passes over what others have locked. Commit soon: other
claims of a type with limits wait.

- types: only jobs of these types; NULL: of all types
- worker: what the worker calls itself, for people
- lease: how long the worker may be silent; NULL: as the type says
- status: created or confirmed, to get only jobs to be prepared, or only those to be done; NULL: both

After checkpoint, the result has the 16 columns of the job. The argument run of other functions is the run that it
returns. The columns items_done, items_total and checkpoint come from the run before, if there was one.

Errors:
22004 max is NULL, or types has a NULL
22008 lease is out of range
22023 max is less than 1, lease is not positive, or status is neither created nor confirmed
55000 the table has no runs
55006 a trigger or policy calls claim() within a claim';

CREATE FUNCTION batch_job.heartbeat(
  id text,
  run text,
  items_done bigint DEFAULT NULL,
  items_total bigint DEFAULT NULL,
  message text DEFAULT NULL,
  checkpoint jsonb DEFAULT NULL,
  lease interval DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS batch_job.directive
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_heartbeat';
COMMENT ON FUNCTION batch_job.heartbeat(text, text, bigint, bigint, text, jsonb, interval, regclass) IS
'Renews the lease of a run, stores how far it is, and tells the worker what to do.

The new lease is as long as the last one, or as lease says. Of items_done, items_total, message and checkpoint, what
is NULL stays as it is. Returns continue, pause or cancel: see the type batch_job.directive.

Errors:
22004 id or run is NULL
22008 lease is out of range
22023 items_done or items_total is negative, or lease is not positive
55000 the table has no runs
BJ002 the run is over, or the job never had it';

CREATE FUNCTION batch_job.heartbeat(
  ids text[],
  runs text[],
  lease interval DEFAULT NULL,
  job_table regclass DEFAULT NULL,
  OUT id text,
  OUT run text,
  OUT directive batch_job.directive
) RETURNS SETOF record
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_heartbeat_many';
COMMENT ON FUNCTION batch_job.heartbeat(text[], text[], interval, regclass) IS
'Renews the leases of many runs, and tells for each what to do; lost where the run is over.

Runs that others have locked are passed over and not returned. Untyped literals and parameters are taken for one run:
cast them, as in $1::text[].

Errors:
22004 ids or runs is NULL, or has a NULL
22008 lease is out of range
22023 lease is not positive
2202E ids and runs do not have the same number of elements
55000 the table has no runs';

CREATE FUNCTION batch_job.retry(
  id text,
  run text,
  error jsonb,
  delay interval DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS timestamp with time zone
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_retry';
COMMENT ON FUNCTION batch_job.retry(text, text, jsonb, interval, regclass) IS
'Ends a run whose attempt has failed, and returns from when the job may be claimed again.

The job waits for delay or, if that is NULL, for the backoff of its type; if a pause was asked for, it waits to be
resumed. NULL means that there is no next attempt: none was left, and the job has failed with the errors of all
attempts in its result; or the job was over already. When the same run calls it again, it returns the same time.

Errors:
22004 id or run is NULL
22008 delay is out of range
22023 delay is negative
55000 the table has no runs
BJ002 the run is over, or the job never had it';

CREATE FUNCTION batch_job.retry(
  id text,
  run text,
  error text,
  delay interval DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS timestamp with time zone
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_retry_text';
COMMENT ON FUNCTION batch_job.retry(text, text, text, interval, regclass) IS
'The same with the error as a text.

An untyped literal is a text: for an object, write it as ''{...}''::jsonb.';

CREATE FUNCTION batch_job.release(
  id text,
  run text,
  delay interval DEFAULT NULL,
  checkpoint jsonb DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS batch_job.run_state
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_release';
COMMENT ON FUNCTION batch_job.release(text, text, interval, jsonb, regclass) IS
'Gives a job back without charging an attempt, and returns the state of the run.

It is waiting, for at least delay if that is given; paused, if a pause was asked for; or ended, if the job is over or
gone. A checkpoint that is not NULL is kept for the next run. When the same run calls it again, it returns the same.

Errors:
22004 id or run is NULL
22008 delay is out of range
22023 delay is negative
55000 the table has no runs
BJ002 the run is over, or the job never had it';

CREATE FUNCTION batch_job.pause(id text, job_table regclass DEFAULT NULL) RETURNS batch_job.run_state
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_pause';
COMMENT ON FUNCTION batch_job.pause(text, regclass) IS
'Asks the worker of a job to stop, or keeps a job that nobody works on from being claimed.

Returns running in the first case: the worker is told by its next heartbeat, and the job is paused when it releases
it. Returns paused in the second. The status of the job does not change. A second call changes nothing.

Errors:
21000 more than one job has the id
22004 id is NULL
55000 the job is over or is processed without a run, or the table has no runs
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.resume(id text, job_table regclass DEFAULT NULL) RETURNS batch_job.run_state
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_resume';
COMMENT ON FUNCTION batch_job.resume(text, regclass) IS
'Lets a paused job go on, or takes back a pause that its worker has not obeyed yet.

Returns the state of its run afterwards; NULL if it has none. A second call changes nothing.

Errors:
21000 more than one job has the id
22004 id is NULL
55000 the job is over, or the table has no runs
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.rescue(
  max integer DEFAULT 100,
  job_table regclass DEFAULT NULL,
  OUT id text,
  OUT run text,
  OUT attempt smallint,
  OUT worker text,
  OUT state batch_job.run_state,
  OUT retry_at timestamp with time zone
) RETURNS SETOF record
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_rescue';
COMMENT ON FUNCTION batch_job.rescue(integer, regclass) IS
'Ends up to max runs whose workers are lost, and returns them.

A worker is lost when its lease is over, and over for as long again since somebody first saw that. Its job then waits
for another attempt, is paused if that was asked for, or has failed if no attempt is left. Runs whose jobs are over or
gone end, too. Runs that others have locked are passed over. claim() and heartbeat() do this now and then, so there is
no need to schedule it.

Errors:
22004 max is NULL
22023 max is less than 1
55000 the table has no runs';
CREATE FUNCTION batch_job.duration(since timestamp with time zone, until timestamp with time zone) RETURNS interval
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_duration';
COMMENT ON FUNCTION batch_job.duration(timestamp with time zone, timestamp with time zone) IS
'Returns the time between two times: never negative; NULL if one of them is infinite.';

CREATE FUNCTION batch_job.items(result jsonb, key text) RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_items';
COMMENT ON FUNCTION batch_job.items(jsonb, text) IS
'Returns the count that the result of a job has under a key such as advancement_count; NULL if it has none.';

CREATE FUNCTION batch_job.percent(items_done bigint, items_total bigint) RETURNS double precision
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_percent';
COMMENT ON FUNCTION batch_job.percent(bigint, bigint) IS
'Returns how much of the work is done, from 0 to 100, with two digits and rounded down, so that 100 means all of it.

NULL if there are no items.';

CREATE FUNCTION batch_job.rate(
  base_at timestamp with time zone,
  base_items bigint,
  rate_at timestamp with time zone,
  rate_items bigint
) RETURNS double precision
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_rate';
COMMENT ON FUNCTION batch_job.rate(timestamp with time zone, bigint, timestamp with time zone, bigint) IS
'Returns how many items a second a run has done between two reports.

NULL before there is anything to go by. The view of the progress calls it with the columns of the run that have these
names; where base_at is NULL there, with claimed_at.';

CREATE FUNCTION batch_job.eta(
  base_at timestamp with time zone,
  base_items bigint,
  rate_at timestamp with time zone,
  rate_items bigint,
  progress_at timestamp with time zone,
  items_done bigint,
  items_total bigint,
  at timestamp with time zone
) RETURNS interval
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_eta';
COMMENT ON FUNCTION batch_job.eta(timestamp with time zone, bigint, timestamp with time zone, bigint, timestamp with time zone, bigint, bigint, timestamp with time zone) IS
'Returns how long the rest of a run will take, seen at a time: whole seconds, never negative.

NULL before there is anything to go by, and when the worker has made no progress for longer than it had worked before.
The view of the progress calls it with the columns of the run that have these names.';

CREATE FUNCTION batch_job.progress(
  job_table regclass DEFAULT NULL,
  OUT id text,
  OUT status batch_job.status,
  OUT state text,
  OUT type text,
  OUT created_by text,
  OUT worker text,
  OUT attempt smallint,
  OUT max_attempts smallint,
  OUT items_done bigint,
  OUT items_total bigint,
  OUT percent double precision,
  OUT rate double precision,
  OUT eta interval,
  OUT message text,
  OUT started_at timestamp with time zone,
  OUT quiet_for interval,
  OUT stalled_for interval,
  OUT due_at timestamp with time zone,
  OUT retry_at timestamp with time zone,
  OUT last_error jsonb
) RETURNS SETOF record
LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_progress';
COMMENT ON FUNCTION batch_job.progress(regclass) IS
'Returns how far the open jobs of a table are: the rows of its view <table>_progress, which has a description of each
column.

It works without the option runs, too. Then the items come from the result of the job, and whatever is processing
counts as running, because nobody knows of workers. It shows what the caller may see, and works on a standby.';

CREATE FUNCTION batch_job.queue_stats(
  job_table regclass DEFAULT NULL,
  OUT type text,
  OUT waiting bigint,
  OUT due bigint,
  OUT running bigint,
  OUT retrying bigint,
  OUT paused bigint,
  OUT suspect bigint,
  OUT unconfirmed bigint,
  OUT no_run bigint,
  OUT oldest_due interval,
  OUT slots_used bigint,
  OUT max_running integer,
  OUT owner_slots_used bigint,
  OUT max_running_per_owner integer,
  OUT type_paused boolean
) RETURNS SETOF record
LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_queue_stats';
COMMENT ON FUNCTION batch_job.queue_stats(regclass) IS
'Returns how many open jobs each type has, and how much of its limits is used.

A type has a row if it has open jobs, runs, or settings. Only open jobs and runs are read. Rows whose status is not
filled in yet are not counted.

- waiting, running, retrying, paused, suspect: open jobs in this state, as the view <table>_progress has it
- unconfirmed: jobs that are prepared, and wait for a confirmation
- no_run: jobs that are processing without a run, so that nobody rescues them; without the option runs they are in
  running
- due: those of the waiting and retrying jobs whose time has come, whether or not a limit or a pause of the type is in
  the way
- oldest_due: how long the oldest of the due jobs has been waiting: since its start_after, its creation or its
  confirmation, whichever is latest; reopening it, or a pause before its first run, does not restart this; after a run,
  since its retry_at
- slots_used: how many runs count against max_running; the run of a canceled job does until its worker has let go
- owner_slots_used: the most of these that any one created_by uses
- max_running, max_running_per_owner, type_paused: the settings of the type';

CREATE FUNCTION batch_job.job_stats(
  since interval DEFAULT '1 day',
  job_table regclass DEFAULT NULL,
  OUT type text,
  OUT completed bigint,
  OUT failed bigint,
  OUT canceled bigint,
  OUT claimed bigint,
  OUT lost bigint,
  OUT failed_attempts bigint,
  OUT preparing_median interval,
  OUT preparing_p95 interval,
  OUT review_median interval,
  OUT review_p95 interval,
  OUT waiting_median interval,
  OUT waiting_p95 interval,
  OUT processing_median interval,
  OUT processing_p95 interval
) RETURNS SETOF record
LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_job_stats';
COMMENT ON FUNCTION batch_job.job_stats(interval, regclass) IS
'Returns what has become of the jobs of each type lately, and how long their stages took.

Only the jobs that were over within that time are read: a created table finds them by a BRIN index on
GREATEST(completed_at, canceled_at, failed_at).

- completed, failed, canceled: jobs that were over within that time
- claimed: runs that began
- lost, failed_attempts: runs that ended because the worker was lost, or the attempt failed; these three are 0 without
  the option runs
- preparing_median, preparing_p95: from created to prepared; the median, and the 95th percentile, of the jobs that
  were over
- review_median, review_p95: from prepared to confirmed, of dry runs
- waiting_median, waiting_p95: from confirmed, or from start_after if that is later, to processing
- processing_median, processing_p95: from processing to the end

Errors:
22004 since is NULL
22008 since is out of range
22023 since is negative';

CREATE FUNCTION batch_job.claim_problems(types text[] DEFAULT NULL, job_table regclass DEFAULT NULL) RETURNS SETOF text
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_claim_problems';
COMMENT ON FUNCTION batch_job.claim_problems(text[], regclass) IS
'Returns why a claim of these types, or of all types if it is NULL, finds no job: a sentence each.

Returns no row if the claim would find one. It names missing rights, pauses, limits, and what the jobs wait for. It
reads all open jobs.

Errors:
55000 the table has no runs';
CREATE FUNCTION batch_job.create(
  type text,
  context jsonb DEFAULT NULL,
  dry_run boolean DEFAULT false,
  created_by text DEFAULT NULL,
  id text DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_create';
COMMENT ON FUNCTION batch_job.create(text, jsonb, boolean, text, text, regclass) IS
'Inserts a job and returns it.

An argument that is NULL leaves its column to the default; an id that is empty is generated.

Errors:
22003 created_by is out of the range of the type that the users'' ids have
22P02 created_by is not an id in the type that the users have
23502 type is NULL, or a column of your own that must have a value
23503 created_by is not the id of a user
23505 there is a job with this id, which may be deleted
23514 context is not an object';

CREATE FUNCTION batch_job.update(
  id text,
  context jsonb DEFAULT NULL,
  result jsonb DEFAULT NULL,
  run text DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_update';
COMMENT ON FUNCTION batch_job.update(text, jsonb, jsonb, text, regclass) IS
'Merges into the context and the result of a job, whatever its status is, and returns it.

NULL leaves the column as it is. Keys are merged at the top level: a nested object is replaced, and a JSON null is
stored. To remove a key, use UPDATE. Concurrent calls lose nothing. Workers report their progress by heartbeat()
rather than by this. On a table with runs, a worker gives its run; without it the call is refused while a run of the
job is running.

Errors:
21000 more than one job has the id
22004 id is NULL
22023 context or result is not an object
23514 the result has problems: see result_problems()
55000 a worker has the job and run is not given
BJ002 the run is over, or belongs to another job
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.mark_pre_processed(
  id text,
  result jsonb DEFAULT NULL,
  run text DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_mark_pre_processed';
COMMENT ON FUNCTION batch_job.mark_pre_processed(text, jsonb, text, regclass) IS
'Marks a job as prepared, merges its result, and returns it: from created to pre_processed.

Without dry_run there is nothing to review, so the job is confirmed in the same moment, and a run goes on. With
dry_run the run ends. On a table with runs, a worker gives its run; without it the call is refused while a run of the
job is running. Called again while the job is pre_processed or confirmed, it changes nothing, and does not merge the
result.

Errors:
21000 more than one job has the id
22004 id is NULL
22023 result is not an object
23514 the result has problems: see result_problems()
55000 the job has another status, or a worker has it and run is not given
BJ002 the run is over, or belongs to another job
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.plan_digest(id text, job_table regclass DEFAULT NULL) RETURNS text
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_plan_digest';
COMMENT ON FUNCTION batch_job.plan_digest(text, regclass) IS
'Returns the digest of what a reviewer sees of a job: its type, context and result. confirm() takes it.

It is what digest_plan() gives for the job as all previous calls have left it, also those of the same statement.

Errors:
21000 more than one job has the id
22004 id is NULL
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.confirm(
  id text,
  plan_digest text DEFAULT NULL,
  actor text DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_confirm';
COMMENT ON FUNCTION batch_job.confirm(text, text, text, regclass) IS
'Confirms a job that is prepared, and returns it: from pre_processed to confirmed.

It is refused if plan_digest is given and the plan has another digest now. The confirmation does not freeze the plan:
update() still merges afterwards. With the option confirm_by_other, it is refused for whoever created the job. That is
decided by actor, else by the setting batch_job.actor, else by the session''s user, compared with created_by in the
type of that column; an actor that is not a value of the type did not create the job. Called again while the job is
confirmed, it changes nothing, but still compares the digest.

Errors:
21000 more than one job has the id
22004 id is NULL
42501 the option confirm_by_other is on, and the actor has created the job
55000 the job has another status
BJ001 the plan has another digest
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.cancel_unconfirmed(older_than interval, job_table regclass DEFAULT NULL) RETURNS bigint
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_cancel_unconfirmed';
COMMENT ON FUNCTION batch_job.cancel_unconfirmed(interval, regclass) IS
'Cancels the jobs that were prepared at least that long ago and that nobody has confirmed since, and returns how many.

Rows that others have locked are passed over.

Errors:
22004 older_than is NULL
22008 older_than is out of range
22023 older_than is negative';

CREATE FUNCTION batch_job.start(id text, run text DEFAULT NULL, job_table regclass DEFAULT NULL)
RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_start';
COMMENT ON FUNCTION batch_job.start(text, text, regclass) IS
'Marks a job as taken up by a worker, and returns it: from confirmed to processing.

It is refused if the job is processing already, so of several workers only one starts a job. Workers that use claim()
need not call it: the claim has started the job; with their run they may. Without a run it is refused while a run of
the job is running, waiting or paused.

Errors:
21000 more than one job has the id
22004 id is NULL
55000 the job has another status, or has a run and run is not given
BJ002 the run is over, or belongs to another job
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.complete(
  id text,
  result jsonb DEFAULT NULL,
  run text DEFAULT NULL,
  job_table regclass DEFAULT NULL
) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_complete';
COMMENT ON FUNCTION batch_job.complete(text, jsonb, text, regclass) IS
'Marks a job as done, merges its result, and returns it: from processing to completed.

On a table with runs, a worker gives its run; without it the call is refused while a run of the job is running. The
run ends, and leaves its progress in the result (advancement_count, count, progress) where the result given does not
say otherwise. Called again while the job is completed, it changes nothing, and does not merge the result.

Errors:
21000 more than one job has the id
22004 id is NULL
22023 result is not an object
23514 the result has problems: see result_problems()
55000 the job has another status, or a worker has it and run is not given
BJ002 the run is over, or belongs to another job
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.fail(id text, error jsonb, run text DEFAULT NULL, job_table regclass DEFAULT NULL)
RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_fail';
COMMENT ON FUNCTION batch_job.fail(text, jsonb, text, regclass) IS
'Marks a job as failed, appends the error to the array errors of its result, and returns it: from any open status to
failed.

The error is a string, an object with message and code, or anything else, of which append_error() makes such an
object. On a table with runs, a worker gives its run; without it the call is refused while a run of the job is
running. The run ends, keeps the error, and leaves its progress in the result. A job that has failed may fail again:
the error is added, and failed_at stays.

Errors:
21000 more than one job has the id
22004 id is NULL
55000 the job has another status, or a worker has it and run is not given
BJ002 the run is over, or belongs to another job
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.fail(id text, error text, run text DEFAULT NULL, job_table regclass DEFAULT NULL)
RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_fail_text';
COMMENT ON FUNCTION batch_job.fail(text, text, text, regclass) IS
'The same with the error as a text.

An untyped literal is a text: for an object, write it as ''{...}''::jsonb.';

CREATE FUNCTION batch_job.cancel(id text, reason text DEFAULT NULL, job_table regclass DEFAULT NULL)
RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_cancel';
COMMENT ON FUNCTION batch_job.cancel(text, text, regclass) IS
'Cancels a job, and returns it: from any open status to canceled.

The reason is kept in the event; on a table without events, a NOTICE says that it is not kept. Anybody may cancel a
job that a worker has: the next heartbeat tells the worker. Called again while the job is canceled, it changes
nothing.

Errors:
21000 more than one job has the id
22004 id is NULL
55000 the job is completed or failed
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.reopen(id text, job_table regclass DEFAULT NULL) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_reopen';
COMMENT ON FUNCTION batch_job.reopen(text, regclass) IS
'Takes a failed or canceled job back to what it was before processing, and returns it.

It clears processing_at, completed_at, canceled_at and failed_at, so the job is confirmed again, or what it was before
that. Its result stays. A run that waits or is paused is canceled, so the attempts of workers count from 1 again, and
the next one starts without the checkpoint. It is refused while a run of the job is running.

Errors:
21000 more than one job has the id
22004 id is NULL
55000 the job is neither failed nor canceled, or a worker has it
P0002 there is no such job, or it is deleted';

CREATE FUNCTION batch_job.soft_delete(id text, job_table regclass DEFAULT NULL) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_soft_delete_job';
COMMENT ON FUNCTION batch_job.soft_delete(text, regclass) IS
'Sets deleted_at of a job, whatever its status is, and returns the job.

Called again, it changes nothing.

Errors:
21000 more than one job has the id
22004 id is NULL
P0002 there is no such job';

CREATE FUNCTION batch_job.restore(id text, job_table regclass DEFAULT NULL) RETURNS batch_job.batch_job
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_restore';
COMMENT ON FUNCTION batch_job.restore(text, regclass) IS
'Clears deleted_at of a job, whatever its status is, and returns the job.

Called again, it changes nothing.

Errors:
21000 more than one job has the id
22004 id is NULL
P0002 there is no such job';
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
