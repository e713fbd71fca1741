/*
 * delete_batch.c
 *	  Soft deletion of the rows of one DELETE on a live view in one UPDATE.
 *
 * An INSTEAD OF trigger must say of each row at once whether it counts, but an
 * UPDATE for each row prepares the table's indexes and CHECKs anew each time,
 * and is a statement of its own to the triggers that record events.  So a row is
 * only locked when it comes, which tells whether there is one to delete and
 * keeps it so, and changed with the others when the executor ends the statement.
 * Its place is enough to find it again: while it is locked, nobody but this
 * transaction can put another version of it elsewhere, and from a place one
 * gets to the last version.
 *
 * The first row is deleted when it comes: most statements have no other.
 */
#include "delete_batch.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_am.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "job_table.h"
#include "live_row.h"
#include "options.h"
#include "plan.h"
#include "soft_delete.h"

/* More than this is deleted before the statement ends, so that memory is bounded. */
#define MAX_ROWS	10000

/*
 * The jobs of a table that a statement deletes.  The batch is in a memory
 * context of its own below the transaction's: an error in the statement frees
 * it, and that takes it off the stack.
 */
struct DeleteBatch
{
	MemoryContext query;		/* the executor's, which tells the statement */
	Oid			table;
	MemoryContext memory;
	bool		has_begun;
	HTAB	   *rows;			/* places of those collected: a join can match one twice; NULL while there is none */
	LockTupleMode lock;			/* as long as rows is there */
	DeleteBatch *outer;
};

/* Of all statements that run now, the innermost first: triggers may DELETE again. */
static DeleteBatch *batches = NULL;

static ExecutorFinish_hook_type next_executor_finish = NULL;
static ExecutorEnd_hook_type next_executor_end = NULL;

/*
 * By the places, planned anew for their number: a plan that was made when the
 * table was small reads all of it, and looks in all places for each row.  Of the
 * table ONLY: a place says nothing in another one, which might inherit from it
 * by now.
 */
static void
build_update(PlanText *stmt, const void *subject)
{
	Relation	table = (Relation) subject;

	stmt->cursor_options = CURSOR_OPT_CUSTOM_PLAN;
	appendStringInfo(&stmt->sql, "UPDATE ONLY %s SET deleted_at = pg_catalog.clock_timestamp()"
					 " WHERE deleted_at IS NULL AND ctid OPERATOR(pg_catalog.=) ANY (%s)",
					 job_relation_name(RelationGetRelid(table)), plan_add_arg(stmt, TIDARRAYOID));
}

static int
count_rows(const DeleteBatch *batch)
{
	return batch->rows != NULL ? (int) hash_get_num_entries(batch->rows) : 0;
}

/* What only a statement with more rows than one needs. */
static void
begin_rows(DeleteBatch *batch, Relation table)
{
	HASHCTL		ctl = {0};

	batch->lock = live_row_lock_mode(table);
	ctl.keysize = sizeof(ItemPointerData);
	ctl.entrysize = sizeof(ItemPointerData);
	ctl.hcxt = batch->memory;
	batch->rows = hash_create("batch_job rows to delete", 256, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* The places that were collected, and none is left. */
static ItemPointerData *
take_places(DeleteBatch *batch)
{
	ItemPointerData *places = palloc(count_rows(batch) * sizeof(ItemPointerData));
	HASH_SEQ_STATUS seq;
	ItemPointer place;
	int			count = 0;

	hash_seq_init(&seq, batch->rows);
	while ((place = hash_seq_search(&seq)) != NULL)
		places[count++] = *place;
	hash_destroy(batch->rows);
	batch->rows = NULL;
	return places;
}

static int
update_places(Relation table, ItemPointerData *places, int count)
{
	Datum	   *elements = palloc(count * sizeof(Datum));
	Datum		values[1];

	for (int i = 0; i < count; i++)
		elements[i] = PointerGetDatum(&places[i]);
	values[0] = PointerGetDatum(construct_array(elements, count, TIDOID, sizeof(ItemPointerData),
												false, TYPALIGN_SHORT));
	return (int) plan_execute(PLAN_SOFT_DELETE_ROWS, RelationGetRelid(table), build_update, table,
							  values, NULL, false);
}

/*
 * Where rows are whose places were kept, when a function or trigger of the
 * statement has changed some of them since.  Nobody else can have.
 */
static void
follow_places(Relation table, ItemPointerData *places, int count)
{
	Snapshot	snapshot;
	TableScanDesc scan;

	CommandCounterIncrement();
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	scan = table_beginscan_tid(table, snapshot);
	for (int i = 0; i < count; i++)
		table_tuple_get_latest_tid(scan, &places[i]);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
}

/*
 * Deletes what was collected.  Triggers that this fires may come here again.
 * Error: 27000, as for a DELETE on a table, for the rows have been counted.
 */
static void
delete_rows(DeleteBatch *batch, Relation table)
{
	int			counted = count_rows(batch);
	ItemPointerData *places;
	int			deleted;

	SPI_connect();
	places = take_places(batch);
	deleted = update_places(table, places, counted);
	if (deleted < counted)
	{
		follow_places(table, places, counted);
		deleted += update_places(table, places, counted);
	}
	if (deleted != counted)
		ereport(ERROR,
				(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
				 errmsg("a job to be deleted was already deleted or kept by an operation triggered by the current command"),
				 errhint("No function or trigger of a DELETE may delete the jobs that it deletes itself, or keep them."),
				 errtable(table)));
	SPI_finish();
}

/* Has any statement counted rows of the table that it has not deleted yet? */
static bool
rows_are_taken(Oid table)
{
	for (DeleteBatch *batch = batches; batch != NULL; batch = batch->outer)
		if (batch->table == table && count_rows(batch) > 0)
			return true;
	return false;
}

/* Is a row one of those? */
static bool
is_taken(Oid table, ItemPointer place)
{
	for (DeleteBatch *batch = batches; batch != NULL; batch = batch->outer)
		if (batch->table == table && batch->rows != NULL &&
			hash_search(batch->rows, place, HASH_FIND, NULL) != NULL)
			return true;
	return false;
}

/*
 * delete_batch_add
 *		Deletes the row of table whose key slot has, now or with the others of its
 *		statement.  True when there is one to delete that has not been taken
 *		before.  With the caller's privileges.
 */
bool
delete_batch_add(DeleteBatch *batch, Relation table, const JobKey *key, TupleTableSlot *slot)
{
	bool		is_first = !batch->has_begun;
	ItemPointerData place;

	batch->has_begun = true;
	if (is_first && !rows_are_taken(batch->table))
		return job_delete_row(table, key, slot, true);
	if (batch->rows == NULL)
		begin_rows(batch, table);
	if (!live_row_lock(table, key, slot, batch->lock, &place) || is_taken(batch->table, &place))
		return false;
	hash_search(batch->rows, &place, HASH_ENTER, NULL);
	if (count_rows(batch) >= MAX_ROWS)
		delete_rows(batch, table);
	return true;
}

/* Is there a trigger that may keep an UPDATE from a row, or that makes it another? */
static bool
has_other_before_update(Relation table)
{
	const Trigger *ours = job_trigger_of_table(table);

	for (int i = 0; i < table->trigdesc->numtriggers; i++)
	{
		const Trigger *trigger = &table->trigdesc->triggers[i];

		if (trigger != ours && TRIGGER_FOR_BEFORE(trigger->tgtype) &&
			TRIGGER_FOR_ROW(trigger->tgtype) && TRIGGER_FOR_UPDATE(trigger->tgtype))
			return true;
	}
	return false;
}

/*
 * Will an UPDATE at the end of the statement change each row that could be
 * locked?  Not where triggers, rules or policies have a say in it.  And is the
 * place of a row enough to find it?  Not where it may be in another table, a
 * partition or one that inherits; nor do we know what it means where the rows
 * are not in a heap.  No grant of columns covers it, so it takes SELECT on the
 * table.
 */
static bool
serves(Relation table, const JobKey *key)
{
	const FormData_pg_class *class = table->rd_rel;

	return class->relkind == RELKIND_RELATION && !class->relhassubclass && class->relam == HEAP_TABLE_AM_OID &&
		OidIsValid(key->index) && table->rd_rules == NULL && !class->relrowsecurity && !has_other_before_update(table) &&
		pg_class_aclcheck(RelationGetRelid(table), GetUserId(), ACL_SELECT) == ACLCHECK_OK;
}

static void
unlink_batch(void *arg)
{
	DeleteBatch *batch = arg;
	DeleteBatch **link = &batches;

	while (*link != batch)
		link = &(*link)->outer;
	*link = batch->outer;
}

static DeleteBatch *
open_batch(Relation table, MemoryContext query)
{
	MemoryContext memory = AllocSetContextCreate(CurTransactionContext, "batch_job deletion",
												 ALLOCSET_SMALL_SIZES);
	DeleteBatch *batch = MemoryContextAllocZero(memory, sizeof(DeleteBatch));
	MemoryContextCallback *callback = MemoryContextAlloc(memory, sizeof(MemoryContextCallback));

	batch->query = query;
	batch->table = RelationGetRelid(table);
	batch->memory = memory;
	batch->outer = batches;
	batches = batch;
	callback->func = unlink_batch;
	callback->arg = batch;
	MemoryContextRegisterResetCallback(memory, callback);
	return batch;
}

/*
 * delete_batch_of
 *		The batch of a statement's soft deletions from a table; NULL where its
 *		rows are to be deleted one by one.  The statement is told by the memory
 *		that its trigger functions are called in, its executor's.
 */
DeleteBatch *
delete_batch_of(Relation table, const JobKey *key, MemoryContext query)
{
	if (strcmp(query->name, "ExecutorState") != 0 || !serves(table, key))
		return NULL;
	for (DeleteBatch *batch = batches; batch != NULL; batch = batch->outer)
		if (batch->query == query && batch->table == RelationGetRelid(table))
			return batch;
	return open_batch(table, query);
}

static void
delete_rows_left(DeleteBatch *batch)
{
	Relation	table;

	if (count_rows(batch) == 0)
		return;
	table = table_open(batch->table, RowExclusiveLock);
	delete_rows(batch, table);
	table_close(table, NoLock);
}

static DeleteBatch *
first_batch(MemoryContext query)
{
	DeleteBatch *batch = batches;

	while (batch != NULL && batch->query != query)
		batch = batch->outer;
	return batch;
}

/* Does a WITH delete from a view with a trigger for it, as ours? */
static bool
deletes_in_with(EState *estate)
{
	ListCell   *cell;

	foreach(cell, estate->es_auxmodifytables)
	{
		const ResultRelInfo *target = lfirst_node(ModifyTableState, cell)->resultRelInfo;

		if (target->ri_TrigDesc != NULL && target->ri_TrigDesc->trig_delete_instead_row)
			return true;
	}
	return false;
}

/*
 * Where nobody has read the rows of a WITH to their end, the executor runs it
 * to it when it ends the statement: here earlier, before the rows collected are
 * deleted and triggers fired.  In its order, for one may read another's rows.
 */
static void
finish_with(EState *estate)
{
	MemoryContext outer = MemoryContextSwitchTo(estate->es_query_cxt);
	ListCell   *cell;

	estate->es_direction = ForwardScanDirection;
	foreach(cell, estate->es_auxmodifytables)
	{
		TupleTableSlot *row;

		do
		{
			ResetPerTupleExprContext(estate);
			row = ExecProcNode(lfirst(cell));
		} while (!TupIsNull(row));
	}
	MemoryContextSwitchTo(outer);
}

static void
delete_collected(EState *estate)
{
	DeleteBatch *batch;

	while ((batch = first_batch(estate->es_query_cxt)) != NULL)
	{
		delete_rows_left(batch);
		MemoryContextDelete(batch->memory);
	}
}

/*
 * The rows are deleted before the statement ends, so that its triggers find
 * them deleted.
 *
 * No trigger of the statement could do it: SPI stops at a number of rows that
 * it is given, as Python's plpy.execute(query, 2) does, and then fires none.
 */
static void
finish_query(QueryDesc *query)
{
	if (deletes_in_with(query->estate))
		finish_with(query->estate);
	delete_collected(query->estate);
	if (next_executor_finish != NULL)
		next_executor_finish(query);
	else
		standard_ExecutorFinish(query);
}

/*
 * A session may load this library while the executor is past the hook above, in
 * a WITH that nobody has read.  Of that one statement the rows are deleted here.
 */
static void
end_query(QueryDesc *query)
{
	delete_collected(query->estate);
	if (next_executor_end != NULL)
		next_executor_end(query);
	else
		standard_ExecutorEnd(query);
}

/* The last line: what was counted as deleted is deleted, or nothing is committed. */
static void
check_nothing_is_left(XactEvent event, void *arg pg_attribute_unused())
{
	if (batches != NULL && (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE))
		elog(ERROR, "jobs were counted as deleted and are not");
}

/* To be called once, when the library is loaded. */
void
delete_batch_init(void)
{
	next_executor_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = finish_query;
	next_executor_end = ExecutorEnd_hook;
	ExecutorEnd_hook = end_query;
	RegisterXactCallback(check_nothing_is_left, NULL);
}
