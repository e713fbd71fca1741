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
