/*
 * soft_delete.c
 *	  Soft deletion: of one row for the triggers, by id, back again, and the
 *	  end of it.
 *
 * Rows are changed by SQL statements, never by heap functions: indexes,
 * constraints, row-level security and triggers are all the table's own.
 */
#include "soft_delete.h"

#include "access/genam.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/pg_am.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "nodes/primnodes.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "job_table.h"
#include "plan.h"

#define SET_DELETED		" SET deleted_at = pg_catalog.clock_timestamp() "

static AttrNumber
attnum_of_id(Relation rel)
{
	return get_attnum(RelationGetRelid(rel), job_column_name(JOB_ID));
}

static void
key_by_id(Relation table, JobKey *key)
{
	key->natts = 1;
	key->attnum[0] = attnum_of_id(table);
	key->equality[0] = TextEqualOperator;
}

/* The key of a table; a primary key that is no btree (18: WITHOUT OVERLAPS) is none. */
void
job_key_of_table(Relation table, JobKey *key)
{
	Oid			index_oid;
	Relation	index;

	RelationGetIndexList(table);	/* finds the primary key too */
	index_oid = table->rd_pkindex;
	memset(key, 0, sizeof *key);
	if (!OidIsValid(index_oid))
	{
		key_by_id(table, key);
		return;
	}
	index = index_open(index_oid, AccessShareLock);
	if (index->rd_rel->relam == BTREE_AM_OID)
	{
		key->natts = IndexRelationGetNumberOfKeyAttributes(index);
		for (int i = 0; i < key->natts; i++)
		{
			key->attnum[i] = index->rd_index->indkey.values[i];
			key->equality[i] = get_opfamily_member(index->rd_opfamily[i], index->rd_opcintype[i],
												   index->rd_opcintype[i], BTEqualStrategyNumber);
		}
	}
	else
		key_by_id(table, key);
	index_close(index, AccessShareLock);
}

/* Where a partition, whose columns may stand elsewhere, has the key's values. */
void
job_key_locate_in_partition(Relation table, Relation partition, JobKey *key)
{
	for (int i = 0; i < key->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(RelationGetDescr(table), key->attnum[i] - 1);

		key->source[i] = get_attnum(RelationGetRelid(partition), NameStr(attr->attname));
	}
}

/* Where a view has the key's values; its columns keep their names when the table's change. */
void
job_key_locate_in_view(Relation view, JobKey *key)
{
	Query	   *query = get_view_query(view);

	for (int i = 0; i < key->natts; i++)
	{
		ListCell   *cell;

		foreach(cell, query->targetList)
		{
			TargetEntry *entry = lfirst_node(TargetEntry, cell);

			if (IsA(entry->expr, Var) && ((Var *) entry->expr)->varattno == key->attnum[i])
				key->source[i] = entry->resno;
		}
		if (key->source[i] == InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("view \"%s\" does not show the primary key of its table",
							RelationGetRelationName(view)),
					 errhint("Drop the view and run batch_job.attach() on the table again.")));
	}
}

typedef struct RowStatement
{
	Relation	table;
	const JobKey *key;
	bool		soft;
} RowStatement;

static void
append_key_is(PlanText *text, Relation table, const JobKey *key)
{
	for (int i = 0; i < key->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(RelationGetDescr(table), key->attnum[i] - 1);

		if (i > 0)
			appendStringInfoString(&text->sql, " AND ");
		generate_operator_clause(&text->sql, quote_identifier(NameStr(attr->attname)),
								 attr->atttypid, key->equality[i],
								 plan_add_arg(text, attr->atttypid), attr->atttypid);
	}
}

static void
build_row_statement(PlanText *text, const void *subject)
{
	const RowStatement *statement = subject;
	const char *table = job_relation_name(RelationGetRelid(statement->table));

	if (statement->soft)
		appendStringInfo(&text->sql, "UPDATE %s" SET_DELETED "WHERE deleted_at IS NULL AND ", table);
	else
		appendStringInfo(&text->sql, "DELETE FROM %s WHERE ", table);
	append_key_is(text, statement->table, statement->key);
}

/*
 * job_delete_row
 *		Deletes the row of table whose key the tuple in slot has; softly: sets
 *		deleted_at unless it is set.  True when a row was deleted.
 *
 * With the caller's privileges, and row-level security if the table has it.
 */
bool
job_delete_row(Relation table, const JobKey *key, TupleTableSlot *slot, bool soft)
{
	RowStatement statement = {table, key, soft};
	Datum		values[INDEX_MAX_KEYS];
	char		nulls[INDEX_MAX_KEYS];
	uint64		rows;

	for (int i = 0; i < key->natts; i++)
	{
		bool		isnull;

		values[i] = slot_getattr(slot, key->source[i], &isnull);
		nulls[i] = isnull ? 'n' : ' ';
	}
	SPI_connect();
	rows = plan_execute(soft ? PLAN_SOFT_DELETE_ROW : PLAN_DELETE_ROW, RelationGetRelid(table),
						build_row_statement, &statement, values, nulls, false);
	SPI_finish();
	return rows > 0;
}

static void
append_by_id(PlanText *text)
{
	appendStringInfo(&text->sql, " WHERE id OPERATOR(pg_catalog.=) %s", plan_add_arg(text, TEXTOID));
}

static void
append_returning_job(PlanText *text)
{
	appendStringInfoString(&text->sql, " RETURNING ");
	job_append_row(&text->sql);
}

static void
build_soft_delete(PlanText *text, const void *subject)
{
	appendStringInfo(&text->sql, "UPDATE %s" SET_DELETED, (const char *) subject);
	append_by_id(text);
	appendStringInfoString(&text->sql, " AND deleted_at IS NULL");
	append_returning_job(text);
}

static void
build_restore(PlanText *text, const void *subject)
{
	appendStringInfo(&text->sql, "UPDATE %s SET deleted_at = NULL", (const char *) subject);
	append_by_id(text);
	appendStringInfoString(&text->sql, " AND deleted_at IS NOT NULL");
	append_returning_job(text);
}

/* The job as it is, and whether it is deleted. */
static void
build_fetch(PlanText *text, const void *subject)
{
	appendStringInfoString(&text->sql, "SELECT ");
	job_append_row(&text->sql);
	appendStringInfo(&text->sql, ", deleted_at IS NOT NULL FROM %s", (const char *) subject);
	append_by_id(text);
}

static void
no_such_job(Relation table, text *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("job \"%s\" does not exist", text_to_cstring(id)),
			 errtable(table)));
}

static void
id_not_unique(Relation table, text *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_CARDINALITY_VIOLATION),
			 errmsg("more than one job \"%s\"", text_to_cstring(id)),
			 errdetail("The primary key of table \"%s\" has more columns than id.",
					   RelationGetRelationName(table)),
			 errtable(table)));
}

static void
not_changed(Relation table, text *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("job \"%s\" was not changed", text_to_cstring(id)),
			 errdetail("A row-level security policy or a trigger of table \"%s\" kept it as it is.",
					   RelationGetRelationName(table)),
			 errtable(table)));
}

/* Runs a statement on one id; true when it gave a job, which SPI then has. */
static bool
run_by_id(PlanOperation operation, PlanBuilder builder, Relation table, text *id)
{
	Datum		values[] = {PointerGetDatum(id)};
	uint64		rows = plan_execute(operation, RelationGetRelid(table), builder,
									job_relation_name(RelationGetRelid(table)), values, " ",
									false);

	if (rows > 1)
		id_not_unique(table, id);
	return rows == 1;
}

static Datum
spi_value(int column)
{
	bool		isnull;

	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull);
}

/*
 * Runs the statement that changes deleted_at; where it finds nothing to change,
 * looks why.  A job that another session changes back between the two
 * statements gets a second try.
 */
static void
change_or_explain(PlanOperation operation, PlanBuilder builder, Relation table, text *id)
{
	bool		deleted = operation == PLAN_SOFT_DELETE;

	for (int attempt = 1; !run_by_id(operation, builder, table, id); attempt++)
	{
		if (!run_by_id(PLAN_FETCH, build_fetch, table, id))
			no_such_job(table, id);
		if (DatumGetBool(spi_value(2)) == deleted)
			return;				/* it is as asked for already */
		if (attempt == 2)
			not_changed(table, id);
	}
}

/* Changes deleted_at of one job; said again, returns the job as it is. */
static Datum
change_deletion(FunctionCallInfo fcinfo, PlanOperation operation, PlanBuilder builder)
{
	Relation	table;
	text	   *id;
	Datum		job;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("id must not be null")));
	id = PG_GETARG_TEXT_PP(0);
	table = table_open(job_table_find(PG_ARGISNULL(1) ? InvalidOid : PG_GETARG_OID(1)),
					   RowExclusiveLock);

	SPI_connect();
	change_or_explain(operation, builder, table, id);
	job = SPI_datumTransfer(spi_value(1), false, -1);
	SPI_finish();
	table_close(table, NoLock);
	return job;
}

/*
 * soft_delete(id text, job_table regclass) returns batch_job.batch_job
 * restore(id text, job_table regclass) returns batch_job.batch_job
 *
 * Set and clear deleted_at; said again, nothing changes.
 * Errors: 22004 no id, P0002 no such job, 21000 more than one, 42501 not
 * allowed to, those of job_table_find.
 */
PG_FUNCTION_INFO_V1(batch_job_soft_delete_job);
Datum
batch_job_soft_delete_job(PG_FUNCTION_ARGS)
{
	return change_deletion(fcinfo, PLAN_SOFT_DELETE, build_soft_delete);
}

PG_FUNCTION_INFO_V1(batch_job_restore);
Datum
batch_job_restore(PG_FUNCTION_ARGS)
{
	return change_deletion(fcinfo, PLAN_RESTORE, build_restore);
}

static void
build_purge(PlanText *text, const void *subject)
{
	const RowStatement *statement = subject;
	const char *table = job_relation_name(RelationGetRelid(statement->table));
	TupleDesc	desc = RelationGetDescr(statement->table);
	const JobKey *key = statement->key;

	appendStringInfo(&text->sql, "DELETE FROM %s job USING (SELECT ", table);
	for (int i = 0; i < key->natts; i++)
		appendStringInfo(&text->sql, "%s%s AS key%d", i > 0 ? ", " : "",
						 quote_identifier(NameStr(TupleDescAttr(desc, key->attnum[i] - 1)->attname)), i);
	appendStringInfo(&text->sql, " FROM %s WHERE deleted_at OPERATOR(pg_catalog.<=) %s",
					 table, plan_add_arg(text, TIMESTAMPTZOID));
	appendStringInfo(&text->sql, " LIMIT %s FOR UPDATE SKIP LOCKED) doomed WHERE ",
					 plan_add_arg(text, INT8OID));
	for (int i = 0; i < key->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, key->attnum[i] - 1);

		if (i > 0)
			appendStringInfoString(&text->sql, " AND ");
		generate_operator_clause(&text->sql,
								 psprintf("job.%s", quote_identifier(NameStr(attr->attname))),
								 attr->atttypid, key->equality[i],
								 psprintf("doomed.key%d", i), attr->atttypid);
	}
}

static TimestampTz
purge_cutoff(Interval *older_than)
{
	Interval	zero = {0};

	if (DatumGetBool(DirectFunctionCall2(interval_lt, IntervalPGetDatum(older_than),
										 IntervalPGetDatum(&zero))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("older_than must not be negative")));
	return DatumGetTimestampTz(DirectFunctionCall2(timestamptz_mi_interval,
												   TimestampTzGetDatum(GetCurrentTimestamp()),
												   IntervalPGetDatum(older_than)));
}

/* Deletes for good, whatever the option and the setting say. */
static uint64
delete_for_good(Relation table, TimestampTz cutoff, int64 max_rows)
{
	JobKey		key;
	RowStatement statement = {table, &key, false};
	Datum		values[] = {TimestampTzGetDatum(cutoff), Int64GetDatum(max_rows)};
	int			guc_level = NewGUCNestLevel();
	uint64		rows;

	job_key_of_table(table, &key);
	set_config_option("batch_job.soft_delete", "off", PGC_USERSET, PGC_S_SESSION,
					  GUC_ACTION_SAVE, true, 0, false);
	SPI_connect();
	rows = plan_execute(PLAN_PURGE, RelationGetRelid(table), build_purge, &statement, values, "  ",
						false);
	SPI_finish();
	AtEOXact_GUC(true, guc_level);
	return rows;
}

/*
 * purge(older_than interval, max_rows integer, job_table regclass) returns bigint
 *
 * Removes jobs that have been soft-deleted for at least older_than, not more
 * than max_rows of them, and passes over rows that others have locked; returns
 * how many.  Errors: 22023 negative or missing arguments, 22008 interval out of
 * range, 23503 a job is referenced, those of job_table_find.
 */
PG_FUNCTION_INFO_V1(batch_job_purge);
Datum
batch_job_purge(PG_FUNCTION_ARGS)
{
	Relation	table;
	uint64		rows;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_GETARG_INT32(1) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("purge needs an interval and a number of rows that is at least 1")));
	table = table_open(job_table_find(PG_ARGISNULL(2) ? InvalidOid : PG_GETARG_OID(2)),
					   RowExclusiveLock);
	rows = delete_for_good(table, purge_cutoff(PG_GETARG_INTERVAL_P(0)), PG_GETARG_INT32(1));
	table_close(table, NoLock);
	PG_RETURN_INT64((int64) rows);
}
