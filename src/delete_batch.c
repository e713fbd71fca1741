/*
 * delete_batch.c
 *	  Soft deletion of the rows of one DELETE on a live view in one UPDATE.
 *
 * An INSTEAD OF trigger must say of each row at once whether it counts, but an
 * UPDATE for each row prepares the table's indexes and CHECKs anew each time,
 * and is a statement of its own to the triggers that record events.  So a row is
 * only locked when it comes, which tells whether there is one to delete and
 * keeps it so, and changed with the others when the statement ends.
 *
 * The first row is deleted when it comes: most statements have no other.
 */
#include "delete_batch.h"

#include "access/table.h"
#include "catalog/pg_trigger.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"

#include "job_table.h"
#include "options.h"
#include "plan.h"
#include "soft_delete.h"

/* More rows than this are deleted before the statement ends, so that memory is bounded. */
#define MAX_ROWS	10000

/*
 * What a statement has collected.  The batch is in a memory context of its own
 * below the transaction's: an error in the statement frees it, and that takes it
 * off the stack.
 */
struct DeleteBatch
{
	Oid			view;
	Oid			table;			/* InvalidOid before the first row */
	JobKey		key;
	MemoryContext memory;
	MemoryContext rows_memory;	/* of keys and seen */
	ArrayBuildState *keys[INDEX_MAX_KEYS];
	HTAB	   *seen;			/* places of the rows: a join can match one twice */
	int			rows;
	DeleteBatch *outer;
};

/* Statements that run now, the innermost first: triggers may DELETE again. */
static DeleteBatch *batches = NULL;

static void
unlink_batch(void *arg)
{
	DeleteBatch *batch = arg;
	DeleteBatch **link = &batches;

	while (*link != batch)
		link = &(*link)->outer;
	*link = batch->outer;
}

/* Begins the batch of a DELETE on the view, which delete_batch_close must end. */
void
delete_batch_open(Oid view)
{
	MemoryContext memory = AllocSetContextCreate(CurTransactionContext, "batch_job deletion",
												 ALLOCSET_SMALL_SIZES);
	DeleteBatch *batch = MemoryContextAllocZero(memory, sizeof(DeleteBatch));
	MemoryContextCallback *callback = MemoryContextAlloc(memory, sizeof(MemoryContextCallback));

	batch->view = view;
	batch->memory = memory;
	batch->outer = batches;
	batches = batch;
	callback->func = unlink_batch;
	callback->arg = batch;
	MemoryContextRegisterResetCallback(memory, callback);
}

/* The batch of the innermost DELETE on the view; NULL without one. */
DeleteBatch *
delete_batch_of(Oid view)
{
	DeleteBatch *batch = batches;

	while (batch != NULL && batch->view != view)
		batch = batch->outer;
	return batch;
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

/* Are there arrays of the key's types, in which the keys can be given to an UPDATE? */
static bool
has_array_types(Relation table, const JobKey *key)
{
	for (int i = 0; i < key->natts; i++)
		if (!OidIsValid(get_array_type(TupleDescAttr(RelationGetDescr(table), key->attnum[i] - 1)->atttypid)))
			return false;
	return true;
}

/*
 * delete_batch_takes
 *		Will an UPDATE at the end of the statement change each row that could be
 *		locked?  Not where triggers, rules or policies have a say in it; nor do we
 *		know that of every partition.
 */
bool
delete_batch_takes(Relation table, const JobKey *key)
{
	return table->rd_rel->relkind == RELKIND_RELATION && table->rd_rules == NULL &&
		!table->rd_rel->relrowsecurity && !has_other_before_update(table) && has_array_types(table, key);
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

typedef struct BatchStatement
{
	Relation	table;
	const JobKey *key;
} BatchStatement;

static void
build_lock(PlanText *stmt, const void *subject)
{
	const BatchStatement *statement = subject;

	appendStringInfo(&stmt->sql, "SELECT ctid FROM %s WHERE deleted_at IS NULL AND ",
					 job_relation_name(RelationGetRelid(statement->table)));
	job_append_key_is(stmt, statement->table, statement->key);
	/* as the UPDATE will, which leaves references to the job alone */
	appendStringInfoString(&stmt->sql, " FOR NO KEY UPDATE");
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
						 OidIsValid(column->attcollation) ? generate_collation_name(column->attcollation) : "");
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

static void
collect(DeleteBatch *batch, Relation table, TupleTableSlot *slot)
{
	for (int i = 0; i < batch->key.natts; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(slot, batch->key.source[i], &isnull);
		Oid			type = TupleDescAttr(RelationGetDescr(table), batch->key.attnum[i] - 1)->atttypid;

		batch->keys[i] = accumArrayResult(batch->keys[i], value, isnull, type, batch->rows_memory);
	}
	batch->rows++;
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
	bool		again;

	if (!OidIsValid(batch->table))
	{
		batch->table = RelationGetRelid(table);
		batch->key = *key;
		begin_rows(batch);
		return job_delete_row(table, key, slot, true);
	}
	if (!lock_live_row(table, key, slot, &place))
		return false;
	hash_search(batch->seen, &place, HASH_ENTER, &again);
	if (again)
		return false;
	collect(batch, table, slot);
	if (batch->rows >= MAX_ROWS)
		delete_rows(batch, table);
	return true;
}

/* Ends the batch of the innermost DELETE on the view: deletes the rows that are left. */
void
delete_batch_close(Oid view)
{
	DeleteBatch *batch = delete_batch_of(view);

	if (batch == NULL)
		return;
	if (batch->rows > 0)
	{
		Relation	table = table_open(batch->table, RowExclusiveLock);

		delete_rows(batch, table);
		table_close(table, NoLock);
	}
	MemoryContextDelete(batch->memory);
}
