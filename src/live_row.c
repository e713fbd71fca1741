/*
 * live_row.c
 *	  Locks the live row that has a key, and tells where it is.
 *
 * It is SELECT ctid ... WHERE deleted_at IS NULL AND key = ... FOR UPDATE, step
 * by step as the executor does it, without the cost of a statement for each row.
 * It reads and locks; rows are changed by SQL alone.
 */
#include "live_row.h"

#include "access/genam.h"
#include "access/skey.h"
#include "access/stratnum.h"
#include "access/sysattr.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "job_table.h"

/* May the UPDATE of a soft deletion change it, in a row whose status was not yet derived, too? */
static bool
may_change(Form_pg_attribute column)
{
	static const JobColumn changed[] = {JOB_DELETED_AT, JOB_UPDATED_AT, JOB_STATUS};

	for (int i = 0; i < (int) lengthof(changed); i++)
		if (strcmp(NameStr(column->attname), job_column_name(changed[i])) == 0)
			return true;
	return column->attgenerated != '\0';
}

/*
 * live_row_lock_mode
 *		The lock that the UPDATE of a soft deletion takes: a stronger one later
 *		could be a deadlock.
 *
 * Where a foreign key could refer to what it changes, such an UPDATE shuts out
 * references meanwhile.
 */
LockTupleMode
live_row_lock_mode(Relation table)
{
	TupleDesc	desc = RelationGetDescr(table);
	Bitmapset  *key = RelationGetIndexAttrBitmap(table, INDEX_ATTR_BITMAP_KEY);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		if (bms_is_member(column->attnum - FirstLowInvalidHeapAttributeNumber, key) && may_change(column))
			return LockTupleExclusive;
	}
	return LockTupleNoKeyExclusive;
}

static void
make_scan_keys(Relation table, const JobKey *key, const Datum *values, ScanKey keys)
{
	for (int i = 0; i < key->natts; i++)
	{
		ScanKeyInit(&keys[i], key->attnum[i], BTEqualStrategyNumber, get_opcode(key->equality[i]), values[i]);
		keys[i].sk_collation = TupleDescAttr(RelationGetDescr(table), key->attnum[i] - 1)->attcollation;
	}
}

static AttrNumber
deleted_at_of(Relation table)
{
	return get_attnum(RelationGetRelid(table), job_column_name(JOB_DELETED_AT));
}

/* Where the snapshot sees it. */
static bool
find_live(Relation table, const JobKey *key, const Datum *values, ItemPointer place)
{
	ScanKeyData keys[INDEX_MAX_KEYS];
	SysScanDesc scan;
	HeapTuple	row;
	bool		is_live;

	make_scan_keys(table, key, values, keys);
	scan = systable_beginscan(table, key->index, true, GetActiveSnapshot(), key->natts, keys);
	row = systable_getnext(scan);
	is_live = HeapTupleIsValid(row) && heap_attisnull(row, deleted_at_of(table), RelationGetDescr(table));
	if (is_live)
		*place = row->t_self;
	systable_endscan(scan);
	return is_live;
}

/* Waits for whoever has changed it, and locks its last version, into row; false when it is gone. */
static bool
lock_last(Relation table, LockTupleMode mode, ItemPointer place, TupleTableSlot *row)
{
	uint8		flags = IsolationUsesXactSnapshot() ? 0 : TUPLE_LOCK_FLAG_FIND_LAST_VERSION;
	TM_FailureData failure;
	TM_Result	result;

	result = table_tuple_lock(table, place, GetActiveSnapshot(), row, GetCurrentCommandId(false), mode,
							  LockWaitBlock, flags, &failure);
	if (result == TM_Ok)
		return true;
	if (result != TM_Updated && result != TM_Deleted)
		elog(ERROR, "unexpected result of table_tuple_lock: %d", result);
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to concurrent update")));
	return false;
}

/* Has a version the key, and is it live? */
static bool
is_live_with(Relation table, const JobKey *key, const Datum *values, TupleTableSlot *row)
{
	for (int i = 0; i < key->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(table), key->attnum[i] - 1);
		bool		isnull;
		Datum		value = slot_getattr(row, key->attnum[i], &isnull);

		if (isnull || !DatumGetBool(OidFunctionCall2Coll(get_opcode(key->equality[i]), column->attcollation,
														 value, values[i])))
			return false;
	}
	return slot_attisnull(row, deleted_at_of(table));
}

static bool
find_and_lock(Relation table, const JobKey *key, const Datum *values, LockTupleMode mode, ItemPointer place)
{
	ItemPointerData found;
	TupleTableSlot *row;
	bool		locked;

	if (!find_live(table, key, values, &found))
		return false;
	*place = found;
	row = table_slot_create(table, NULL);
	locked = lock_last(table, mode, place, row) &&
		(ItemPointerEquals(place, &found) || is_live_with(table, key, values, row));
	ExecDropSingleTupleTableSlot(row);
	return locked;
}

/*
 * live_row_lock
 *		Locks the row whose key slot has, if there is one and it is live; says
 *		where it is, which nobody else can change from now on.  The table is one
 *		heap, the key has an index, and privileges have been checked.
 *
 * Error: 40001 as an UPDATE in a transaction with one snapshot.
 */
bool
live_row_lock(Relation table, const JobKey *key, TupleTableSlot *slot, LockTupleMode mode, ItemPointer place)
{
	Datum		values[INDEX_MAX_KEYS];
	char		nulls[INDEX_MAX_KEYS];
	bool		locked;

	job_key_values(key, slot, values, nulls);
	Assert(memchr(nulls, 'n', key->natts) == NULL); /* it is a primary key's */
	/* what was done up to now must be behind it, and what others committed be seen */
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	locked = find_and_lock(table, key, values, mode, place);
	PopActiveSnapshot();
	return locked;
}
