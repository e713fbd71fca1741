/*
 * soft_delete.c
 *	  Soft deletion: of one row for the triggers, by id, and back again.
 *
 * Rows are changed by SQL statements, never by heap functions: indexes,
 * constraints, row-level security and triggers are all the table's own.
 */
#include "soft_delete.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"

#include "id.h"
#include "job_table.h"
#include "plan.h"

#define SET_DELETED		" SET deleted_at = pg_catalog.clock_timestamp() "

typedef struct RowStatement
{
	Relation	table;
	const JobKey *key;
	bool		soft;
} RowStatement;

static void
build_row_statement(PlanText *stmt, const void *subject)
{
	const RowStatement *statement = subject;
	const char *table = job_relation_name(RelationGetRelid(statement->table));

	if (statement->soft)
		appendStringInfo(&stmt->sql, "UPDATE %s" SET_DELETED "WHERE deleted_at IS NULL AND ", table);
	else
		appendStringInfo(&stmt->sql, "DELETE FROM %s WHERE ", table);
	job_append_key_is(stmt, statement->table, statement->key);
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
append_by_id(PlanText *stmt)
{
	appendStringInfo(&stmt->sql, "WHERE id OPERATOR(pg_catalog.=) %s", plan_add_arg(stmt, TEXTOID));
}

/* A change of deleted_at of one job, or a look at it. */
typedef struct JobStatement
{
	Relation	table;
	bool		delete;			/* else restore */
} JobStatement;

static void
build_change(PlanText *stmt, const void *subject)
{
	const JobStatement *statement = subject;

	appendStringInfo(&stmt->sql, "UPDATE %s%s",
					 job_relation_name(RelationGetRelid(statement->table)),
					 statement->delete ? SET_DELETED : " SET deleted_at = NULL ");
	append_by_id(stmt);
	appendStringInfo(&stmt->sql, " AND deleted_at IS %s RETURNING ",
					 statement->delete ? "NULL" : "NOT NULL");
	job_append_row(&stmt->sql);
}

/* The job as it is, and whether it is deleted. */
static void
build_fetch(PlanText *stmt, const void *subject)
{
	const JobStatement *statement = subject;

	appendStringInfoString(&stmt->sql, "SELECT ");
	job_append_row(&stmt->sql);
	appendStringInfo(&stmt->sql, ", deleted_at IS NOT NULL FROM %s ",
					 job_relation_name(RelationGetRelid(statement->table)));
	append_by_id(stmt);
}

static void
no_such_job(Relation table, text *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("job \"%s\" does not exist", id_shown(id)),
			 errtable(table)));
}

static void
id_not_unique(Relation table, text *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_CARDINALITY_VIOLATION),
			 errmsg("more than one job \"%s\"", id_shown(id)),
			 errdetail("The primary key of table \"%s\" has more columns than id.",
					   RelationGetRelationName(table)),
			 errtable(table)));
}

static void
not_changed(Relation table, text *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("job \"%s\" was not changed", id_shown(id)),
			 errdetail("A row-level security policy or a trigger of table \"%s\" kept it as it is.",
					   RelationGetRelationName(table)),
			 errtable(table)));
}

/* Runs a statement on one id; true when it gave a job, which SPI then has. */
static bool
run_by_id(PlanOperation operation, PlanBuilder builder, const JobStatement *statement, text *id)
{
	Datum		values[] = {PointerGetDatum(id)};
	uint64		rows = plan_execute(operation, RelationGetRelid(statement->table), builder,
									statement, values, NULL, false);

	if (rows > 1)
		id_not_unique(statement->table, id);
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
change_or_explain(const JobStatement *statement, text *id)
{
	PlanOperation operation = statement->delete ? PLAN_SOFT_DELETE : PLAN_RESTORE;

	for (int attempt = 1; !run_by_id(operation, build_change, statement, id); attempt++)
	{
		if (!run_by_id(PLAN_FETCH, build_fetch, statement, id))
			no_such_job(statement->table, id);
		if (DatumGetBool(spi_value(2)) == statement->delete)
			return;				/* it is as asked for already */
		if (attempt == 2)
			not_changed(statement->table, id);
	}
}

/* Changes deleted_at of one job; said again, returns the job as it is. */
static Datum
change_deletion(FunctionCallInfo fcinfo, bool delete)
{
	JobStatement statement = {.delete = delete};
	text	   *id;
	Datum		job;

	job_check_not_null(fcinfo, 0, "id");
	id = PG_GETARG_TEXT_PP(0);
	statement.table = table_open(job_table_find(PG_ARGISNULL(1) ? InvalidOid : PG_GETARG_OID(1)),
								 RowExclusiveLock);

	SPI_connect();
	change_or_explain(&statement, id);
	job = SPI_datumTransfer(spi_value(1), false, -1);
	SPI_finish();
	table_close(statement.table, NoLock);
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
	return change_deletion(fcinfo, true);
}

PG_FUNCTION_INFO_V1(batch_job_restore);
Datum
batch_job_restore(PG_FUNCTION_ARGS)
{
	return change_deletion(fcinfo, false);
}
