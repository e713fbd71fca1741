/*
 * record_events.c
 *	  The trigger that records as events what a statement did to jobs.
 *
 * An event says that a time stamp was set: the trigger compares the old row
 * with the new one, so it does not matter who changed it and how.  These are
 * AFTER triggers for each statement, with transition tables, so that a bulk
 * statement costs one INSERT.
 */
#include "base/batch_job.h"

#include "access/table.h"
#include "catalog/pg_collation.h"
#include "commands/async.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#include "base/argument.h"
#include "base/as_owner.h"
#include "base/running.h"
#include "event/event.h"
#include "event/event_log.h"
#include "event/event_table.h"
#include "job/columns.h"
#include "job/job_table.h"
#include "job/options.h"
#include "job/trigger_table.h"

#define NOTIFY_CHANNEL	"batch_job"

/* The status of a row that does not exist. */
#define NO_STATUS		(-1)

/* The state of recording one statement. */
typedef struct Recorder
{
	Oid			job_table;		/* the topmost table, if it is a partition */
	JobLayout	layout;
	Oid			id_collation;
	EventLog	log;
	MemoryContext row_memory;	/* for one row at a time */
	Datum		event_names[JOB_EVENTS];
	Datum		status_names[JOB_STATUSES];
	int			recorded;		/* bits of JobEvent */
} Recorder;

static void
open_recorder(Recorder *recorder, Relation rel, Oid event_table)
{
	memset(recorder, 0, sizeof *recorder);
	recorder->job_table = job_table_root(rel);
	job_layout_of_table(rel, &recorder->layout);
	recorder->id_collation = TupleDescAttr(RelationGetDescr(rel),
										   recorder->layout.attnum[JOB_ID] - 1)->attcollation;
	recorder->row_memory = AllocSetContextCreate(CurrentMemoryContext, "batch_job events of a row",
												 ALLOCSET_SMALL_SIZES);
	for (int event = 0; event < JOB_EVENTS; event++)
		recorder->event_names[event] = CStringGetTextDatum(event_name(event));
	for (int status = 0; status < JOB_STATUSES; status++)
		recorder->status_names[status] = CStringGetTextDatum(job_status_name((JobStatus) status));
	event_log_open(&recorder->log, event_table);
}

static void
record(Recorder *recorder, Datum id, JobEvent event, int from, int to, Datum detail)
{
	Event		row = {
		.job_id = id,
		.name = recorder->event_names[event],
		.from_status = from == NO_STATUS ? (Datum) 0 : recorder->status_names[from],
		.to_status = to == NO_STATUS ? (Datum) 0 : recorder->status_names[to],
		.detail = detail
	};

	if (detail == (Datum) 0)
		row.detail = running_call_detail(recorder->job_table, id, recorder->id_collation, event);
	event_log_append(&recorder->log, &row);
	recorder->recorded |= 1 << event;
}

/*
 * The time stamps of a row, as bits of the statuses that they lead to; bit 0
 * is always set.
 */
static int
stamps_of(const Recorder *recorder, TupleTableSlot *slot)
{
	int			stamps = 1 << JOB_STATUS_CREATED;

	for (int status = JOB_STATUS_CREATED + 1; status < JOB_STATUSES; status++)
		if (!slot_attisnull(slot, recorder->layout.attnum[job_stamp_column((JobStatus) status)]))
			stamps |= 1 << status;
	return stamps;
}

static int
status_of(int stamps)
{
	int			status = pg_leftmost_one_pos32((uint32) stamps);

	Assert(status >= JOB_STATUS_CREATED && status < JOB_STATUSES);
	return status;
}

/* Error: 23502, if the table lets an id be NULL. */
static Datum
id_of(const Recorder *recorder, TupleTableSlot *slot)
{
	bool		isnull;
	Datum		id = slot_getattr(slot, recorder->layout.attnum[JOB_ID], &isnull);

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("cannot record events of a job without an id"),
				 errhint("Make column \"%s\" NOT NULL, or switch events off.", job_column_name(JOB_ID))));
	return id;
}

static bool
is_deleted(const Recorder *recorder, TupleTableSlot *slot)
{
	return !slot_attisnull(slot, recorder->layout.attnum[JOB_DELETED_AT]);
}

static bool
same_id(const Recorder *recorder, TupleTableSlot *old, TupleTableSlot *new)
{
	return DatumGetBool(DirectFunctionCall2Coll(texteq, C_COLLATION_OID,
												id_of(recorder, old), id_of(recorder, new)));
}

/*
 * Records each time stamp that was set for a status after this one, in the
 * order of the life cycle; so an automatic confirmation gives two events.
 * Time stamps for earlier statuses do not change the job's status, so they
 * give no event.
 */
static void
record_steps(Recorder *recorder, Datum id, int status, int stamps_set)
{
	for (int next = status + 1; next < JOB_STATUSES; next++)
	{
		if (!(stamps_set & (1 << next)))
			continue;
		record(recorder, id, JOB_EVENT_OF_STATUS(next), status, next, (Datum) 0);
		status = next;
	}
}

/* A job that is inserted with time stamps has taken all these steps at once. */
static void
record_insert(Recorder *recorder, TupleTableSlot *new)
{
	Datum		id = id_of(recorder, new);
	int			stamps = stamps_of(recorder, new);
	int			status = status_of(stamps);

	record(recorder, id, JOB_EVENT_CREATED, NO_STATUS, JOB_STATUS_CREATED, (Datum) 0);
	record_steps(recorder, id, JOB_STATUS_CREATED, stamps);
	if (is_deleted(recorder, new))
		record(recorder, id, JOB_EVENT_DELETED, status, status, (Datum) 0);
}

/*
 * The event if a time stamp was removed, which moves the status back: this is
 * no step of the life cycle, unless reopen() did it.
 */
static JobEvent
event_of_return(const Recorder *recorder, Datum id)
{
	return running_call_reopens(recorder->job_table, id, recorder->id_collation) ?
		JOB_EVENT_REOPENED : JOB_EVENT_UPDATED;
}

static void
record_update(Recorder *recorder, TupleTableSlot *old, TupleTableSlot *new)
{
	Datum		id = id_of(recorder, new);
	int			old_stamps = stamps_of(recorder, old);
	int			new_stamps = stamps_of(recorder, new);
	int			before = status_of(old_stamps);
	int			kept = status_of(old_stamps & new_stamps);
	int			after = status_of(new_stamps);
	bool		was_deleted = is_deleted(recorder, old);
	bool		renamed = !same_id(recorder, old, new);
	bool		restored = was_deleted && !is_deleted(recorder, new);
	bool		deleted = !was_deleted && is_deleted(recorder, new);

	if (renamed)
		record(recorder, id, JOB_EVENT_UPDATED, before, before,
			   event_detail("previous_id", TextDatumGetCString(id_of(recorder, old))));
	if (restored)
		record(recorder, id, JOB_EVENT_RESTORED, before, before, (Datum) 0);
	if (kept != before)
		record(recorder, id, event_of_return(recorder, id), before, kept, (Datum) 0);
	else if (after == before && !renamed && !restored && !deleted)
		record(recorder, id, JOB_EVENT_UPDATED, before, before, (Datum) 0);
	record_steps(recorder, id, kept, new_stamps & ~old_stamps);
	if (deleted)
		record(recorder, id, JOB_EVENT_DELETED, after, after, (Datum) 0);
}

/* The row itself has been removed. */
static void
record_removal(Recorder *recorder, TupleTableSlot *old)
{
	record(recorder, id_of(recorder, old), JOB_EVENT_DELETED,
		   status_of(stamps_of(recorder, old)), NO_STATUS, (Datum) 0);
}

/*
 * A transition table, read from its beginning, since other triggers may read
 * it as well.
 */
typedef struct Rows
{
	Tuplestorestate *store;		/* NULL if there are no rows */
	int			pointer;
	TupleTableSlot *slot;
	MemoryContext memory;		/* context in which the row in slot may be allocated */
	bool		is_fresh;		/* slot has a row that has not been recorded yet */
	int64		left;
} Rows;

static void
open_rows(Rows *rows, Tuplestorestate *store, Relation rel)
{
	rows->store = store;
	rows->memory = CurrentMemoryContext;
	rows->left = store != NULL ? tuplestore_tuple_count(store) : 0;
	if (rows->left == 0)
		return;
	rows->pointer = tuplestore_alloc_read_pointer(store, EXEC_FLAG_REWIND);
	tuplestore_select_read_pointer(store, rows->pointer);
	tuplestore_rescan(store);
	rows->slot = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsMinimalTuple);
}

static TupleTableSlot *
next_row(Rows *rows)
{
	MemoryContext outer = MemoryContextSwitchTo(rows->memory);

	tuplestore_select_read_pointer(rows->store, rows->pointer);
	if (!tuplestore_gettupleslot(rows->store, true, false, rows->slot))
		elog(ERROR, "transition table has lost a row");
	MemoryContextSwitchTo(outer);
	rows->left--;
	rows->is_fresh = true;
	return rows->slot;
}

static void
close_rows(Rows *rows)
{
	if (rows->slot != NULL)
		ExecDropSingleTupleTableSlot(rows->slot);
}

/*
 * Records the next old row of an UPDATE and its new one, which come in the
 * same order, one for one.  If there are more old rows than new ones, a
 * trigger has kept rows from entering the partition to which the UPDATE would
 * have moved them, so that they have been removed.
 */
static void
record_next_update(Recorder *recorder, Rows *old, Rows *new)
{
	bool		some_are_gone = old->left > new->left + new->is_fresh;

	next_row(old);
	if (!new->is_fresh && new->left > 0)
		next_row(new);
	if (!new->is_fresh || (some_are_gone && !same_id(recorder, old->slot, new->slot)))
		record_removal(recorder, old->slot);
	else
	{
		record_update(recorder, old->slot, new->slot);
		new->is_fresh = false;
	}
}

static void
record_rows(Recorder *recorder, TriggerEvent event, Rows *old, Rows *new)
{
	MemoryContext outer = MemoryContextSwitchTo(recorder->row_memory);
	const Rows *rows = TRIGGER_FIRED_BY_INSERT(event) ? new : old;

	while (rows->left > 0)
	{
		if (TRIGGER_FIRED_BY_UPDATE(event))
			record_next_update(recorder, old, new);
		else if (TRIGGER_FIRED_BY_INSERT(event))
			record_insert(recorder, next_row(new));
		else
			record_removal(recorder, next_row(old));
		MemoryContextReset(recorder->row_memory);
		CHECK_FOR_INTERRUPTS();
	}
	MemoryContextSwitchTo(outer);
}

/*
 * Sends a wake-up call, not the data: {"table": ..., "events": [name, ...]},
 * of the same size for any number of rows.  PostgreSQL sends identical
 * notifications only once in a transaction, so that a soft DELETE, which
 * updates row by row, wakes listeners only once, too.
 */
static void
notify(const Recorder *recorder)
{
	StringInfoData payload;
	const char *separator = "";

	initStringInfo(&payload);
	appendStringInfoString(&payload, "{\"table\": ");
	escape_json(&payload, job_relation_name(recorder->job_table));
	appendStringInfoString(&payload, ", \"events\": [");
	for (int event = 0; event < JOB_EVENTS; event++)
	{
		if (!(recorder->recorded & (1 << event)))
			continue;
		appendStringInfo(&payload, "%s\"%s\"", separator, event_name(event));
		separator = ", ";
	}
	appendStringInfoString(&payload, "]}");
	Async_Notify(NOTIFY_CHANNEL, payload.data);
}

static void
record_statement(TriggerData *trigdata, Oid event_table, Rows *old, Rows *new)
{
	Recorder	recorder;

	open_recorder(&recorder, trigdata->tg_relation, event_table);
	record_rows(&recorder, trigdata->tg_event, old, new);
	MemoryContextDelete(recorder.row_memory);
	event_log_write(&recorder.log);
	if (job_options_read_notify(trigdata->tg_trigger))
		notify(&recorder);
}

/* Was the trigger fired as it must be?  Error: 39P01. */
static void
check_event(const TriggerData *trigdata)
{
	TriggerEvent event = trigdata->tg_event;
	bool		has_old = TRIGGER_FIRED_BY_INSERT(event) || trigdata->tg_oldtable != NULL;
	bool		has_new = TRIGGER_FIRED_BY_DELETE(event) || trigdata->tg_newtable != NULL;

	check_fired(TRIGGER_FIRED_AFTER(event) && TRIGGER_FIRED_FOR_STATEMENT(event),
					"record_events", "after each statement");
	check_fired(has_old && has_new && !TRIGGER_FIRED_BY_TRUNCATE(event),
					"record_events", "with the transition tables of the statement");
}

/*
 * record_events('notify', 'on' | 'off') returns trigger
 *
 * AFTER INSERT, UPDATE, or DELETE, for each statement, with its transition
 * tables; WHEN ('<event table>'::regclass IS NOT NULL).  Records what the
 * statement did to the jobs; with notify on, sends one notification on channel
 * batch_job.  It ignores a table that is not a job table, such as a detached
 * partition, and a backfill of statuses.
 *
 * Errors: 39P01 not fired as it must be, 42P16 columns missing, 22023
 * arguments, 42501 the event table has another owner; those of the INSERT into
 * it.
 */
PG_FUNCTION_INFO_V1(batch_job_record_events);
Datum
batch_job_record_events(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	Oid			event_table;
	Relation	rel;
	Rows		old = {0};
	Rows		new = {0};
	AsOwner		owner;

	check_trigger(fcinfo, "record_events");
	check_event(trigdata);
	event_table = job_trigger_table_to_write(trigdata->tg_trigger);
	rel = trigdata->tg_relation;
	open_rows(&old, trigdata->tg_oldtable, rel);
	open_rows(&new, trigdata->tg_newtable, rel);
	if ((old.left > 0 || new.left > 0) && job_trigger_of_table(rel) != NULL && !job_table_is_being_filled(rel))
	{
		as_owner_begin(&owner, rel);
		record_statement(trigdata, event_table, &old, &new);
		as_owner_end(&owner);
	}
	close_rows(&old);
	close_rows(&new);
	return PointerGetDatum(NULL);
}
