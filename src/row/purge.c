/*
 * purge.c
 *	  purge: permanently removes soft-deleted jobs.
 */
#include "base/batch_job.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/timestamp.h"

#include "base/argument.h"
#include "base/plan.h"
#include "base/running.h"
#include "job/job_table.h"
#include "job/row_key.h"

typedef struct PurgeStatement
{
	Relation	table;
	const JobKey *key;
} PurgeStatement;

/*
 * MATERIALIZED: a plan that scanned the selected rows again for each row that
 * it deletes would lock and delete more rows each time.  IS TRUE: no index
 * matches this expression, so rows are found by their key; otherwise, with
 * statistics from before the deletion, the planner might read all deleted rows
 * for each of them.
 */
static void
build_purge(PlanText *stmt, const void *subject)
{
	const PurgeStatement *statement = subject;
	const char *table = job_relation_name(RelationGetRelid(statement->table));

	appendStringInfoString(&stmt->sql, "WITH doomed AS MATERIALIZED (SELECT ");
	job_append_key_columns(&stmt->sql, statement->table, statement->key);
	appendStringInfo(&stmt->sql, " FROM %s WHERE deleted_at OPERATOR(pg_catalog.<=) %s",
					 table, plan_add_arg(stmt, TIMESTAMPTZOID));	/* $1 */
	appendStringInfo(&stmt->sql, " LIMIT %s FOR UPDATE SKIP LOCKED) DELETE FROM %s job USING doomed"
					 " WHERE (job.deleted_at OPERATOR(pg_catalog.<=) $1) IS TRUE AND ",
					 plan_add_arg(stmt, INT8OID), table);
	job_append_keys_match(&stmt->sql, statement->table, statement->key, "job", "doomed");
}

/*
 * Where most jobs are deleted, a call planned freely reads the whole table to
 * find the rows that it deletes.  But it has to where the primary key is gone,
 * or children that inherit from the table have none.
 */
static Planning
planning_of_purge(Relation table)
{
	bool		is_parent = table->rd_rel->relkind == RELKIND_RELATION && table->rd_rel->relhassubclass;

	return OidIsValid(table->rd_pkindex) && !is_parent ? PLAN_ROW_BY_ROW : PLAN_FREELY;
}

typedef struct Purge
{
	const PurgeStatement *statement;
	Datum		values[2];
	uint64		rows;
} Purge;

static void
run_purge(void *argument)
{
	Purge	   *purge = argument;
	Oid			table = RelationGetRelid(purge->statement->table);
	Statement	plan = {build_purge, NULL, table, table, purge->statement, planning_of_purge(purge->statement->table)};

	purge->rows = plan_execute(&plan, purge->values, NULL, false);
}

/* Removes the rows regardless of the option and the setting soft_delete. */
static uint64
delete_for_good(Relation table, TimestampTz cutoff, int64 max_rows)
{
	JobKey		key;
	PurgeStatement statement = {table, &key};
	Purge		purge = {&statement, {TimestampTzGetDatum(cutoff), Int64GetDatum(max_rows)}};
	Running		running = {.kind = RUNNING_PURGE, .table = RelationGetRelid(table), .max_rows = max_rows};

	job_key_of_table(table, &key);
	SPI_connect();
	running_do(&running, run_purge, &purge);
	SPI_finish();
	return purge.rows;
}

/*
 * purge(older_than interval, max_rows integer, job_table regclass) returns
 * bigint
 *
 * Removes at most max_rows jobs that have been soft-deleted for at least
 * older_than; skips rows that others have locked.  Returns the number of jobs
 * removed.  Errors: 22004, 22023 arguments, 22008 interval out of range, 23503
 * a job is referenced, those of job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_purge);
Datum
batch_job_purge(PG_FUNCTION_ARGS)
{
	Relation	table;
	uint64		rows;

	check_not_null(fcinfo, 0, "older_than");
	check_not_null(fcinfo, 1, "max_rows");
	if (PG_GETARG_INT32(1) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_rows must be at least 1")));
	table = job_table_open_argument(fcinfo, 2, RowExclusiveLock);
	rows = delete_for_good(table, time_before(PG_GETARG_INTERVAL_P(0), "older_than"), PG_GETARG_INT32(1));
	table_close(table, NoLock);
	PG_RETURN_INT64((int64) rows);
}
