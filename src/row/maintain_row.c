/*
 * maintain_row.c
 *	  The row trigger of a job table: id, status, updated_at, soft delete.
 *
 * It depends only on its arguments and the tuple.  Columns are found by name
 * in the relation that fires the trigger, which may be a partition.
 */
#include "base/batch_job.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "commands/trigger.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "base/argument.h"
#include "base/running.h"
#include "base/session.h"
#include "job/columns.h"
#include "job/job_table.h"
#include "job/options.h"
#include "job/row_key.h"
#include "row/delete_row.h"
#include "row/foreign_key.h"
#include "row/guard.h"

/*
 * What one statement knows about the relation.  It is kept in the trigger's
 * FmgrInfo, which belongs to one result relation of one statement: nobody can
 * alter the columns in the meantime, and nothing can become stale. (A
 * partition can be detached in mid-statement, by another trigger.)
 */
typedef struct TriggerState
{
	JobLayout	layout;
	JobOptions	options;
	Oid			status_type;
	Oid			id_type;
	int			id_length;		/* maximum length of the id column in characters, or -1 */
	Oid			root;			/* the table that key belongs to, or InvalidOid */
	JobKey		key;
	ItemPointerData updated;	/* the row last seen by BEFORE UPDATE */
} TriggerState;

static TriggerState *
get_state(FmgrInfo *flinfo, TriggerData *trigdata)
{
	Relation	rel = trigdata->tg_relation;
	TriggerState *state = flinfo->fn_extra;
	Form_pg_attribute id;
	int32		typmod;

	if (likely(state != NULL))
		return state;

	state = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(TriggerState));
	job_layout_of_table(rel, &state->layout);
	job_options_read(trigdata->tg_trigger, &state->options);
	state->status_type = TupleDescAttr(RelationGetDescr(rel),
									   state->layout.attnum[JOB_STATUS] - 1)->atttypid;
	id = TupleDescAttr(RelationGetDescr(rel), state->layout.attnum[JOB_ID] - 1);
	typmod = id->atttypmod;
	state->id_type = id->atttypid;
	(void) getBaseTypeAndTypmod(id->atttypid, &typmod);
	state->id_length = typmod < 0 ? -1 : typmod - (int) VARHDRSZ;
	ItemPointerSetInvalid(&state->updated);
	flinfo->fn_extra = state;
	return state;
}

/* The changes that a tuple needs, so that it is modified once or not at all. */
typedef struct Changes
{
	int			count;
	int			attnum[JOB_COLUMNS];
	Datum		value[JOB_COLUMNS];
	bool		isnull[JOB_COLUMNS];
} Changes;

static void
change(Changes *changes, AttrNumber attnum, Datum value)
{
	changes->attnum[changes->count] = attnum;
	changes->value[changes->count] = value;
	changes->isnull[changes->count] = false;
	changes->count++;
}

static HeapTuple
apply(Changes *changes, HeapTuple tuple, Relation rel)
{
	if (changes->count == 0)
		return tuple;
	return heap_modify_tuple_by_cols(tuple, RelationGetDescr(rel), changes->count,
									 changes->attnum, changes->value, changes->isnull);
}

/* ORMs send NULL or '' for a missing id. */
static bool
id_is_missing(TupleTableSlot *slot, AttrNumber attnum)
{
	bool		isnull;
	Datum		id = slot_getattr(slot, attnum, &isnull);

	/*
	 * the size of a text is known without reading its bytes, even if it is
	 * toasted
	 */
	return isnull || toast_raw_datum_size(id) == VARHDRSZ;
}

static text *
make_id(const TriggerState *state, Relation rel)
{
	text	   *id = id_generate(state->options.id_prefix, strlen(state->options.id_prefix));

	/*
	 * for varchar(n) and domains: no cast checks what is put into the tuple
	 * here
	 */
	if (state->id_length >= 0 && VARSIZE(id) - VARHDRSZ > (Size) state->id_length)
		ereport(ERROR,
				(errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION),
				 errmsg("a generated id is too long for column \"%s\"", job_column_name(JOB_ID)),
				 errdetail("It has %d characters, but the column holds at most %d.",
						   (int) (VARSIZE(id) - VARHDRSZ), state->id_length),
				 errtablecol(rel, state->layout.attnum[JOB_ID])));
	if (unlikely(get_typtype(state->id_type) == TYPTYPE_DOMAIN))
		domain_check(PointerGetDatum(id), false, state->id_type, NULL, CurrentMemoryContext);
	return id;
}

static void
set_status(const TriggerState *state, TupleTableSlot *slot, Changes *changes)
{
	AttrNumber	attnum = state->layout.attnum[JOB_STATUS];
	Datum		derived = job_status_datum(job_layout_status(&state->layout, slot),
										   state->status_type);
	bool		isnull;
	Datum		given = slot_getattr(slot, attnum, &isnull);

	if (isnull || DatumGetObjectId(given) != DatumGetObjectId(derived))
		change(changes, attnum, derived);
}

static void
fill_if_null(const TriggerState *state, TupleTableSlot *slot, JobColumn column, Datum value,
			 Changes *changes)
{
	AttrNumber	attnum = state->layout.attnum[column];

	if (unlikely(slot_attisnull(slot, attnum)))
		change(changes, attnum, value);
}

/*
 * The time as a column of type timestamptz(n) stores it: no cast rounds what
 * is put into the tuple here.
 */
static TimestampTz
in_precision(TimestampTz time, int32 typmod)
{
	if (likely(typmod < 0))
		return time;
	return DatumGetTimestampTz(DirectFunctionCall2(timestamptz_scale, TimestampTzGetDatum(time),
												   Int32GetDatum(typmod)));
}

static int32
typmod_of(TupleTableSlot *slot, AttrNumber attnum)
{
	return TupleDescAttr(slot->tts_tupleDescriptor, attnum - 1)->atttypmod;
}

static void
fill_time(const TriggerState *state, TupleTableSlot *slot, JobColumn column, TimestampTz time,
		  Changes *changes)
{
	int32		typmod = typmod_of(slot, state->layout.attnum[column]);

	fill_if_null(state, slot, column, TimestampTzGetDatum(in_precision(time, typmod)), changes);
}

/*
 * Fills in the columns that every job must have, if neither the writer nor the
 * table's defaults have.  Both times are the same, so that a job that was
 * never changed can be recognized.
 */
static void
fill_required(const TriggerState *state, TupleTableSlot *slot, Changes *changes)
{
	TimestampTz now;

	if (likely(!slot_attisnull(slot, state->layout.attnum[JOB_CREATED_AT]) &&
			   !slot_attisnull(slot, state->layout.attnum[JOB_UPDATED_AT]) &&
			   !slot_attisnull(slot, state->layout.attnum[JOB_DRY_RUN])))
		return;
	now = GetCurrentTimestamp();
	fill_time(state, slot, JOB_CREATED_AT, now, changes);
	fill_time(state, slot, JOB_UPDATED_AT, now, changes);
	fill_if_null(state, slot, JOB_DRY_RUN, BoolGetDatum(false), changes);
}

/*
 * The fast path: the defaults have set id and status, and the tuple passes
 * unchanged.
 */
static HeapTuple
before_insert(TriggerState *state, TriggerData *trigdata)
{
	TupleTableSlot *slot = trigdata->tg_trigslot;
	AttrNumber	id = state->layout.attnum[JOB_ID];
	Changes		changes = {0};

	if (id_is_missing(slot, id))
		change(&changes, id, PointerGetDatum(make_id(state, trigdata->tg_relation)));
	fill_required(state, slot, &changes);
	set_status(state, slot, &changes);
	return apply(&changes, trigdata->tg_trigtuple, trigdata->tg_relation);
}

/*
 * The least difference of two times in a column: a microsecond, or more in
 * timestamptz(n).
 */
static int64
least_step(int32 typmod)
{
	int64		step = 1;

	for (int digits = typmod < 0 ? MAX_TIMESTAMP_PRECISION : typmod; digits < MAX_TIMESTAMP_PRECISION; digits++)
		step *= 10;
	return step;
}

/*
 * updated_at advances on every UPDATE, even on two within a microsecond or
 * while the clock goes back: optimistic locking depends on it.
 *
 * A column of less precision advances by one unit and then stays until the
 * clock has caught up; otherwise each of many quick UPDATEs would move it
 * another second into the future.
 */
static TimestampTz
next_updated_at(TupleTableSlot *old_slot, AttrNumber attnum)
{
	int32		typmod = typmod_of(old_slot, attnum);
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz now_in_column = in_precision(now, typmod);
	bool		isnull;
	TimestampTz old = DatumGetTimestampTz(slot_getattr(old_slot, attnum, &isnull));
	TimestampTz next;

	if (isnull || TIMESTAMP_NOT_FINITE(old))
		return now_in_column;
	/* adding a microsecond changes nothing if the column is less precise */
	next = in_precision(old + (old <= now ? least_step(typmod) : 1), typmod);
	return next > now_in_column && IS_VALID_TIMESTAMP(next) ? next : now_in_column;
}

/*
 * Keeps the old values of these columns, given as bits of JobColumn; none of
 * them is NULL.
 */
static void
keep_old(const JobLayout *layout, TupleTableSlot *old, int columns, Changes *changes)
{
	for (JobColumn column = JOB_ID; column < JOB_COLUMNS; column++)
	{
		AttrNumber	attnum = layout->attnum[column];
		bool		isnull;

		if (columns & (1 << column))
			change(changes, attnum, slot_getattr(old, attnum, &isnull));
	}
}

static HeapTuple
before_update(TriggerState *state, TriggerData *trigdata)
{
	AttrNumber	updated_at = state->layout.attnum[JOB_UPDATED_AT];
	Changes		changes = {0};

	/* see is_partition_move */
	state->updated = trigdata->tg_trigtuple->t_self;

	if (state->options.guard)
		keep_old(&state->layout, trigdata->tg_trigslot,
				 guard_check_update(trigdata->tg_relation, &state->layout,
									trigdata->tg_trigslot, trigdata->tg_newslot),
				 &changes);

	/* a backfill of the status does not change the job */
	if (!job_table_is_being_filled(trigdata->tg_relation))
		change(&changes, updated_at,
			   TimestampTzGetDatum(next_updated_at(trigdata->tg_trigslot, updated_at)));
	set_status(state, trigdata->tg_newslot, &changes);
	return apply(&changes, trigdata->tg_newtuple, trigdata->tg_relation);
}

/*
 * An UPDATE that moves a row to another partition fires BEFORE DELETE for the
 * old row, in the same statement and for the same tuple that BEFORE UPDATE has
 * just seen.  Otherwise, a DELETE of that tuple could only come from a MERGE
 * whose UPDATE of the same row was suppressed by another trigger.
 */
static bool
is_partition_move(const TriggerState *state, Relation rel, HeapTuple tuple)
{
	return rel->rd_rel->relispartition &&
		ItemPointerIsValid(&state->updated) &&
		ItemPointerEquals((ItemPointer) &state->updated, &tuple->t_self);
}

static void
find_key(TriggerState *state, Relation root, Relation rel)
{
	if (state->root == RelationGetRelid(root))
		return;
	job_key_of_table(root, &state->key);
	job_key_locate_in_partition(root, rel, &state->key);
	state->root = RelationGetRelid(root);
}

/*
 * Never before a time stamp of the row, which is locked, so that nobody can
 * set another.
 */
static TimestampTz
time_of_deletion(const JobLayout *layout, TupleTableSlot *slot)
{
	TimestampTz time = GetCurrentTimestamp();

	for (JobStatus status = JOB_STATUS_CREATED + 1; status < JOB_STATUSES; status++)
	{
		bool		isnull;
		Datum		stamp = slot_getattr(slot, layout->attnum[job_stamp_column(status)], &isnull);

		if (!isnull && DatumGetTimestampTz(stamp) > time)
			time = DatumGetTimestampTz(stamp);
	}
	return time;
}

static HeapTuple
before_delete(TriggerState *state, TriggerData *trigdata)
{
	Relation	rel = trigdata->tg_relation;
	TupleTableSlot *slot = trigdata->tg_trigslot;
	bool		deleted = !slot_attisnull(slot, state->layout.attnum[JOB_DELETED_AT]);
	Relation	root;

	if (!state->options.soft_delete || !batch_job_soft_delete)
		return trigdata->tg_trigtuple;
	if (is_partition_move(state, rel, trigdata->tg_trigtuple))
		return trigdata->tg_trigtuple;
	if (deleted && purge_is_running(job_table_root(rel)))
		return trigdata->tg_trigtuple;
	if (foreign_key_cascade_orphans(rel, slot))
		return trigdata->tg_trigtuple;
	if (deleted)
		return NULL;

	root = table_open(job_table_root(rel), RowExclusiveLock);
	find_key(state, root, rel);
	delete_row_at(root, &state->key, slot, time_of_deletion(&state->layout, slot));
	table_close(root, NoLock);
	return NULL;
}

/*
 * maintain_row('option', 'value', ...) returns trigger
 *
 * BEFORE INSERT OR UPDATE OR DELETE, for each row.  It is one trigger for the
 * three events because BEFORE DELETE must know what BEFORE UPDATE has just
 * seen.
 *
 * INSERT: generates an id if it is NULL or ''; fills in created_at,
 * updated_at, and dry_run if they are NULL; derives status.
 *
 * UPDATE: derives status; advances updated_at; with the option guard, allows
 * only the transitions of the life cycle, and keeps times that are written
 * back without their microseconds.
 *
 * DELETE: with the option soft_delete, and unless the setting
 * batch_job.soft_delete is off, sets deleted_at and keeps the row.
 *
 * Errors: 39P01 not fired as it must be, 42P16 columns missing, 55000 guard,
 * 22001 id column too short, 22023 arguments; those of the UPDATE of a soft
 * delete.
 */
PG_FUNCTION_INFO_V1(batch_job_maintain_row);
Datum
batch_job_maintain_row(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	TriggerState *state;
	HeapTuple	result;

	check_trigger(fcinfo, "maintain_row");
	check_fired(TRIGGER_FIRED_FOR_ROW(trigdata->tg_event), "maintain_row", "for each row");
	check_fired(TRIGGER_FIRED_BEFORE(trigdata->tg_event), "maintain_row", "before the event");

	state = get_state(fcinfo->flinfo, trigdata);
	if (TRIGGER_FIRED_BY_INSERT(trigdata->tg_event))
		result = before_insert(state, trigdata);
	else if (TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event))
		result = before_update(state, trigdata);
	else
		result = before_delete(state, trigdata);
	return PointerGetDatum(result);
}
