/*
 * delete_batch.c
 *	  Soft deletion of the rows of one DELETE on a live view in one UPDATE.
 *
 * An INSTEAD OF trigger must say of each row at once whether it counts, but an
 * UPDATE for each row prepares the table's indexes and CHECKs anew each time,
 * and is a statement of its own to the triggers that record events.  So a row is
 * only locked when it comes, which tells whether there is one to delete and
 * keeps it so, and changed with the others when the executor ends the statement.
 *
 * The first row is deleted when it comes: most statements have no other.
 */
#include "delete_batch.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_trigger.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "job_table.h"
#include "options.h"
#include "plan.h"
#include "soft_delete.h"

/* More than this is deleted before the statement ends, so that memory is bounded: keys may be long. */
#define MAX_ROWS	10000
#define MAX_BYTES	((Size) 32 * 1024 * 1024)

/*
 * The jobs of a table that a statement deletes.  The batch is in a memory
 * context of its own below the transaction's: an error in the statement frees
 * it, and that takes it off the stack.
 */
struct DeleteBatch
{
	MemoryContext query;		/* the executor's, which tells the statement */
	Oid			table;
	JobKey		key;
	MemoryContext memory;
	MemoryContext rows_memory;	/* of keys and seen */
	ArrayBuildState *keys[INDEX_MAX_KEYS];
	HTAB	   *seen;			/* places of the rows: a join can match one twice */
	int			rows;
	bool		has_begun;
	DeleteBatch *outer;
};

/* Of all statements that run now, the innermost first: triggers may DELETE again. */
static DeleteBatch *batches = NULL;

static ExecutorFinish_hook_type next_executor_finish = NULL;

typedef struct BatchStatement
{
	Relation	table;
	const JobKey *key;
} BatchStatement;

/* Could a foreign key refer to what a soft deletion changes?  Such an UPDATE shuts out references meanwhile. */
static bool
changes_key(Relation table)
{
	static const JobColumn changed[] = {JOB_DELETED_AT, JOB_UPDATED_AT};
	Bitmapset  *columns = RelationGetIndexAttrBitmap(table, INDEX_ATTR_BITMAP_KEY);

	for (int i = 0; i < (int) lengthof(changed); i++)
	{
		AttrNumber	attnum = get_attnum(RelationGetRelid(table), job_column_name(changed[i]));

		if (bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, columns))
			return true;
	}
	return false;
}

static void
build_lock(PlanText *stmt, const void *subject)
{
	const BatchStatement *statement = subject;

	appendStringInfo(&stmt->sql, "SELECT ctid FROM %s WHERE deleted_at IS NULL AND ",
					 job_relation_name(RelationGetRelid(statement->table)));
	job_append_key_is(stmt, statement->table, statement->key);
	/* as the UPDATE will: a stronger lock later could be a deadlock */
	appendStringInfoString(&stmt->sql, changes_key(statement->table) ? " FOR UPDATE" : " FOR NO KEY UPDATE");
}

/* Always qualified, unlike what generate_collation_name() gives: the plan outlives the search_path. */
static char *
collation_name(Oid collation)
{
	HeapTuple	tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
	Form_pg_collation form;
	char	   *name;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for collation %u", collation);
	form = (Form_pg_collation) GETSTRUCT(tuple);
	name = quote_qualified_identifier(get_namespace_name(form->collnamespace), NameStr(form->collname));
	ReleaseSysCache(tuple);
	return name;
}

/* "pg_catalog.unnest($1), ...": in the collations of the key, or equality would not know which to take */
static void
append_unnested_keys(PlanText *stmt, Relation table, const JobKey *key)
{
	for (int i = 0; i < key->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(table), key->attnum[i] - 1);

		appendStringInfo(&stmt->sql, "%spg_catalog.unnest(%s%s%s)", i > 0 ? ", " : "",
						 plan_add_arg(stmt, get_array_type(column->atttypid)),
						 OidIsValid(column->attcollation) ? " COLLATE " : "",
						 OidIsValid(column->attcollation) ? collation_name(column->attcollation) : "");
	}
}

static void
build_update(PlanText *stmt, const void *subject)
{
	const BatchStatement *statement = subject;

	appendStringInfo(&stmt->sql, "UPDATE %s AS job SET deleted_at = pg_catalog.clock_timestamp() FROM ROWS FROM (",
					 job_relation_name(RelationGetRelid(statement->table)));
	append_unnested_keys(stmt, statement->table, statement->key);
	appendStringInfoString(&stmt->sql, ") AS key (");
	job_append_key_columns(&stmt->sql, statement->table, statement->key);
	appendStringInfoString(&stmt->sql, ") WHERE job.deleted_at IS NULL AND ");
	job_append_keys_match(&stmt->sql, statement->table, statement->key, "job", "key");
}

static void
begin_rows(DeleteBatch *batch)
{
	HASHCTL		ctl = {0};

	batch->rows_memory = AllocSetContextCreate(batch->memory, "batch_job rows to delete",
											   ALLOCSET_DEFAULT_SIZES);
	ctl.keysize = sizeof(ItemPointerData);
	ctl.entrysize = sizeof(ItemPointerData);
	ctl.hcxt = batch->rows_memory;
	batch->seen = hash_create("batch_job rows to delete", 256, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	memset(batch->keys, 0, sizeof batch->keys);
	batch->rows = 0;
}

/* Deletes what was collected.  Triggers that this fires may come here again. */
static void
delete_rows(DeleteBatch *batch, Relation table)
{
	BatchStatement statement = {table, &batch->key};
	MemoryContext rows_memory = batch->rows_memory;
	Datum		values[INDEX_MAX_KEYS];

	for (int i = 0; i < batch->key.natts; i++)
		values[i] = makeArrayResult(batch->keys[i], rows_memory);
	begin_rows(batch);
	SPI_connect();
	(void) plan_execute(PLAN_SOFT_DELETE_ROWS, RelationGetRelid(table), build_update, &statement,
						values, NULL, false);
	SPI_finish();
	MemoryContextDelete(rows_memory);
}

/* Locks the row with the key that slot has, if it is live, and tells where it is. */
static bool
lock_live_row(Relation table, const JobKey *key, TupleTableSlot *slot, ItemPointer place)
{
	BatchStatement statement = {table, key};
	Datum		values[INDEX_MAX_KEYS];
	char		nulls[INDEX_MAX_KEYS];
	bool		isnull;
	bool		found;

	job_key_values(key, slot, values, nulls);
	SPI_connect();
	found = plan_execute(PLAN_LOCK_LIVE_ROW, RelationGetRelid(table), build_lock, &statement,
						 values, nulls, false) > 0;
	if (found)
		*place = *(ItemPointer) DatumGetPointer(SPI_getbinval(SPI_tuptable->vals[0],
															  SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	return found;
}

/* Has any statement counted rows of the table that it has not deleted yet? */
static bool
rows_are_taken(Oid table)
{
	for (DeleteBatch *batch = batches; batch != NULL; batch = batch->outer)
		if (batch->table == table && batch->rows > 0)
			return true;
	return false;
}

/* Is a row one of those? */
static bool
is_taken(Oid table, ItemPointer place)
{
	for (DeleteBatch *batch = batches; batch != NULL; batch = batch->outer)
		if (batch->table == table && hash_search(batch->seen, place, HASH_FIND, NULL) != NULL)
			return true;
	return false;
}

static void
take(DeleteBatch *batch, Relation table, const JobKey *key, TupleTableSlot *slot, ItemPointer place)
{
	for (int i = 0; i < key->natts; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(slot, key->source[i], &isnull);
		Oid			type = TupleDescAttr(RelationGetDescr(table), key->attnum[i] - 1)->atttypid;

		batch->keys[i] = accumArrayResult(batch->keys[i], value, isnull, type, batch->rows_memory);
	}
	hash_search(batch->seen, place, HASH_ENTER, NULL);
	batch->rows++;
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
	ItemPointerData place;

	bool		is_first = !batch->has_begun;

	batch->has_begun = true;
	if (is_first && !rows_are_taken(batch->table))
		return job_delete_row(table, key, slot, true);
	if (!lock_live_row(table, key, slot, &place) || is_taken(batch->table, &place))
		return false;
	take(batch, table, key, slot, &place);
	if (batch->rows >= MAX_ROWS || MemoryContextMemAllocated(batch->rows_memory, true) > MAX_BYTES)
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

/* Can the keys be given to an UPDATE in arrays?  Of a row type, unnest() makes a column of each field. */
static bool
fits_arrays(Relation table, const JobKey *key)
{
	for (int i = 0; i < key->natts; i++)
	{
		Oid			type = TupleDescAttr(RelationGetDescr(table), key->attnum[i] - 1)->atttypid;

		if (!OidIsValid(get_array_type(type)) || type_is_rowtype(type))
			return false;
	}
	return true;
}

/*
 * Will an UPDATE at the end of the statement change each row that could be
 * locked?  Not where triggers, rules or policies have a say in it; nor do we
 * know that of every partition.  The lock reads ctid, which no grant of columns
 * covers, so it takes SELECT on the table.  A SERIALIZABLE transaction would
 * have read the whole table if the UPDATE chose to scan it.
 */
static bool
serves(Relation table, const JobKey *key)
{
	return !IsolationIsSerializable() && table->rd_rel->relkind == RELKIND_RELATION && table->rd_rules == NULL &&
		!table->rd_rel->relrowsecurity && !has_other_before_update(table) && fits_arrays(table, key) &&
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
open_batch(Relation table, const JobKey *key, MemoryContext query)
{
	MemoryContext memory = AllocSetContextCreate(CurTransactionContext, "batch_job deletion",
												 ALLOCSET_SMALL_SIZES);
	DeleteBatch *batch = MemoryContextAllocZero(memory, sizeof(DeleteBatch));
	MemoryContextCallback *callback = MemoryContextAlloc(memory, sizeof(MemoryContextCallback));

	batch->query = query;
	batch->table = RelationGetRelid(table);
	batch->key = *key;
	batch->memory = memory;
	begin_rows(batch);
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
	return open_batch(table, key, query);
}

static void
delete_rows_left(DeleteBatch *batch)
{
	Relation	table;

	if (batch->rows == 0)
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

/*
 * The rows are deleted before the statement ends, so that its triggers find
 * them deleted; and again behind it, for only then a WITH whose rows nobody has
 * read is run to its end.
 *
 * No trigger of the statement could do it: SPI stops at a number of rows that
 * it is given, as Python's plpy.execute(query, 2) does, and then fires none.
 */
static void
finish_query(QueryDesc *query)
{
	MemoryContext memory = query->estate->es_query_cxt;
	DeleteBatch *batch;

	for (batch = batches; batch != NULL; batch = batch->outer)
		if (batch->query == memory)
			delete_rows_left(batch);
	if (next_executor_finish != NULL)
		next_executor_finish(query);
	else
		standard_ExecutorFinish(query);
	while ((batch = first_batch(memory)) != NULL)
	{
		delete_rows_left(batch);
		MemoryContextDelete(batch->memory);
	}
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
	RegisterXactCallback(check_nothing_is_left, NULL);
}
