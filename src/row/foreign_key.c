/*
 * foreign_key.c
 *	  The rows that a job refers to by foreign keys: whether one still exists
 *	  (for ON DELETE CASCADE), and the row that created_by refers to.
 */
#include "row/foreign_key.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_constraint.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/plan.h"
#include "job/columns.h"
#include "job/created_by.h"
#include "job/job_table.h"

typedef struct ReferencedRow
{
	const ForeignKeyCacheInfo *key;
	Relation	referencing;
	Relation	referenced;
} ReferencedRow;

/* SELECT ... FROM the referenced table WHERE its key is $1, $2, ... */
static void
build_select(PlanText *stmt, const ReferencedRow *row, const char *select)
{
	const ForeignKeyCacheInfo *key = row->key;
	Oid			referenced = RelationGetRelid(row->referenced);

	appendStringInfo(&stmt->sql, "SELECT %s FROM %s%s referenced WHERE ", select,
					 row->referenced->rd_rel->relkind == RELKIND_PARTITIONED_TABLE ? "" : "ONLY ",
					 job_relation_name(referenced));
	for (int i = 0; i < key->nkeys; i++)
	{
		Oid			type = get_atttype(RelationGetRelid(row->referencing), key->conkey[i]);
		char	   *column = get_attname(referenced, key->confkey[i], false);

		if (i > 0)
			appendStringInfoString(&stmt->sql, " AND ");
		generate_operator_clause(&stmt->sql, psprintf("referenced.%s", quote_identifier(column)),
								 get_atttype(referenced, key->confkey[i]), key->conpfeqop[i],
								 plan_add_arg(stmt, type), type);
	}
}

static void
build_exists(PlanText *stmt, const void *subject)
{
	build_select(stmt, subject, "1");
}

static void
build_as_jsonb(PlanText *stmt, const void *subject)
{
	build_select(stmt, subject, "pg_catalog.to_jsonb(referenced.*)");
}

/*
 * Does the referenced row exist?  This is checked with the rights of the
 * referenced table's owner, as in PostgreSQL's own foreign key triggers: a
 * user who may delete a job need not have the right to read what it refers to.
 */
static bool
referenced_row_exists(Relation rel, const ForeignKeyCacheInfo *key, Datum *values)
{
	Relation	referenced = table_open(key->confrelid, RowShareLock);
	ReferencedRow row = {key, rel, referenced};
	Statement	plan = {build_exists, NULL, key->conoid, key->confrelid, &row};
	Oid			user;
	int			context;
	uint64		rows;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(referenced->rd_rel->relowner,
						   context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	SPI_connect();
	rows = plan_execute(&plan, values, NULL, false);
	SPI_finish();
	SetUserIdAndSecContext(user, context);
	table_close(referenced, NoLock);
	return rows > 0;
}

static Form_pg_constraint
constraint_of(Oid oid, HeapTuple *tuple)
{
	*tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(oid));
	if (!HeapTupleIsValid(*tuple))
		elog(ERROR, "cache lookup failed for constraint %u", oid);
	return (Form_pg_constraint) GETSTRUCT(*tuple);
}

/*
 * A key that refers to a partitioned table has a further entry for each of the
 * partitions.  The row is in only one of them, so these entries are ignored.
 */
static bool
is_entry_for_partition(const ForeignKeyCacheInfo *key)
{
	HeapTuple	tuple;
	Oid			parent = constraint_of(key->conoid, &tuple)->conparentid;
	bool		result;

	ReleaseSysCache(tuple);
	if (!OidIsValid(parent))
		return false;
	result = constraint_of(parent, &tuple)->conrelid == key->conrelid;
	ReleaseSysCache(tuple);
	return result;
}

static bool
key_cascades(const ForeignKeyCacheInfo *key)
{
	HeapTuple	tuple;
	bool		cascades = constraint_of(key->conoid, &tuple)->confdeltype == FKCONSTR_ACTION_CASCADE;

	ReleaseSysCache(tuple);
	return cascades && !is_entry_for_partition(key);
}

static bool
refers_to_nothing(Relation rel, const ForeignKeyCacheInfo *key, TupleTableSlot *slot)
{
	Datum		values[INDEX_MAX_KEYS];

	for (int i = 0; i < key->nkeys; i++)
	{
		bool		isnull;

		values[i] = slot_getattr(slot, key->conkey[i], &isnull);
		if (isnull)
			return false;
	}
	return !referenced_row_exists(rel, key, values);
}

/*
 * The cached list is freed when the relation is invalidated, which may happen
 * at any catalog lookup.
 */
static List *
copy_of_keys(Relation rel)
{
	return copyObject(RelationGetFKeyList(rel));
}

/*
 * foreign_key_cascade_orphans
 *		Was this DELETE caused by ON DELETE CASCADE, and is the referenced row
 *		gone, so that keeping the row would leave an orphan?
 *
 * PostgreSQL's foreign key trigger runs such a DELETE with
 * SECURITY_NOFORCE_RLS, which hardly anything else sets; so an ordinary DELETE
 * pays for one comparison only.
 */
bool
foreign_key_cascade_orphans(Relation rel, TupleTableSlot *slot)
{
	List	   *keys;
	ListCell   *cell;
	bool		orphan = false;

	if (!InNoForceRLSOperation())
		return false;

	keys = copy_of_keys(rel);
	foreach(cell, keys)
	{
		const ForeignKeyCacheInfo *key = lfirst_node(ForeignKeyCacheInfo, cell);

		if (key_cascades(key) && refers_to_nothing(rel, key, slot))
		{
			orphan = true;
			break;
		}
	}
	list_free_deep(keys);
	return orphan;
}

/* The foreign key that consists of the column created_by, or NULL. */
static const ForeignKeyCacheInfo *
key_of_created_by(Relation table)
{
	AttrNumber	attnum = get_attnum(RelationGetRelid(table), job_column_name(JOB_CREATED_BY));
	List	   *keys = copy_of_keys(table);
	ListCell   *cell;

	foreach(cell, keys)
	{
		const ForeignKeyCacheInfo *key = lfirst_node(ForeignKeyCacheInfo, cell);

		if (key->nkeys == 1 && key->conkey[0] == attnum && !is_entry_for_partition(key))
			return key;
	}
	return NULL;
}

/*
 * The table that a row was read from, or the one below the live view that it
 * was read from.  Other rows do not tell their table, and a guess could show
 * the wrong user.
 */
static Oid
table_of_row(HeapTupleHeader row)
{
	Oid			relid = get_typ_typrelid(HeapTupleHeaderGetTypeId(row));
	Oid			table = InvalidOid;
	Index		varno;

	if (OidIsValid(relid))
	{
		Relation	rel = job_table_lock(relid, AccessShareLock);

		if (rel->rd_rel->relkind == RELKIND_VIEW)
			table = job_view_base(rel, &varno);
		else if (rel->rd_rel->relkind != RELKIND_COMPOSITE_TYPE)
			table = job_table_root(rel);
		relation_close(rel, AccessShareLock);
	}
	if (!OidIsValid(table))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot tell which table the job is from"),
				 errdetail("The row is neither from a table nor from its live view."),
				 errhint("Name the table: created_by_user(job, job_table => 'schema.table').")));
	return table;
}

/* created_by of a row, as text; it may be NULL. */
static text *
created_by_of(HeapTupleHeader row)
{
	JobLayout	layout;
	TupleTableSlot *slot = job_row_open(row, &layout);
	AttrNumber	attnum = layout.attnum[JOB_CREATED_BY];
	text	   *created_by = NULL;

	if (!slot_attisnull(slot, attnum))
		created_by = cstring_to_text(job_value_as_text(slot, attnum));
	ExecDropSingleTupleTableSlot(slot);
	return created_by;
}

/*
 * created_by_user(job record, job_table regclass) returns jsonb
 *
 * The row that the foreign key on created_by refers to, read with the caller's
 * privileges; NULL if created_by is NULL, there is no such key, or the caller
 * may not see the row.  Errors: 42804 not a job, 22023 the table is unknown,
 * 22P02 created_by is not the id of a user, 42501 no right to read, those of
 * job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_created_by_user);
Datum
batch_job_created_by_user(PG_FUNCTION_ARGS)
{
	text	   *created_by = PG_ARGISNULL(0) ? NULL : created_by_of(PG_GETARG_HEAPTUPLEHEADER(0));
	Datum		user = (Datum) 0;
	Datum		id;
	bool		isnull = true;
	Relation	table;
	const ForeignKeyCacheInfo *key;

	if (created_by == NULL)
		PG_RETURN_NULL();
	table = job_table_open(PG_ARGISNULL(1) ? table_of_row(PG_GETARG_HEAPTUPLEHEADER(0)) : PG_GETARG_OID(1),
						   AccessShareLock);
	key = key_of_created_by(table);
	if (key != NULL)
	{
		Relation	referenced = table_open(key->confrelid, AccessShareLock);
		ReferencedRow row = {key, table, referenced};
		Statement	plan = {build_as_jsonb, NULL, key->conoid, key->confrelid, &row};

		id = job_user_from_text(table, created_by);
		SPI_connect();
		if (plan_execute(&plan, &id, NULL, true) > 0)
		{
			user = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
			user = SPI_datumTransfer(user, false, -1);
		}
		SPI_finish();
		table_close(referenced, NoLock);
	}
	/* a caller without rights on the table must not keep a lock on it */
	table_close(table, AccessShareLock);
	if (isnull)
		PG_RETURN_NULL();
	return user;
}
