/*
 * cancel_unconfirmed.c
 *	  cancel_unconfirmed: cancels previews that nobody has confirmed.
 */
#include "base/batch_job.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/timestamp.h"

#include "base/argument.h"
#include "base/plan.h"
#include "job/columns.h"
#include "job/job_table.h"
#include "job/row_key.h"

typedef struct CancelUnconfirmed
{
	Relation	table;
	const JobKey *key;
} CancelUnconfirmed;

/* $1 is the latest time at which the preview may have been made. */
static void
append_unconfirmed(StringInfo sql)
{
	appendStringInfoString(sql, "deleted_at IS NULL AND pre_processed_at OPERATOR(pg_catalog.<=) $1 AND ");
	job_append_derived_status(sql);
	appendStringInfoString(sql, " OPERATOR(pg_catalog.=) 'pre_processed'");
}

/*
 * A session that has locked a job is about to change it, and may next lock one
 * that is canceled here, so waiting for it could deadlock.  For MATERIALIZED
 * and IS TRUE see row/purge.c.
 */
static void
build(PlanText *stmt, const void *subject)
{
	const CancelUnconfirmed *statement = subject;
	const char *table = job_relation_name(RelationGetRelid(statement->table));

	job_status_check_labels();
	plan_add_arg(stmt, TIMESTAMPTZOID);
	plan_add_arg(stmt, TIMESTAMPTZOID);
	appendStringInfoString(&stmt->sql, "WITH unconfirmed AS MATERIALIZED (SELECT ");
	job_append_key_columns(&stmt->sql, statement->table, statement->key);
	appendStringInfo(&stmt->sql, " FROM %s WHERE ", table);
	append_unconfirmed(&stmt->sql);
	appendStringInfo(&stmt->sql, " FOR NO KEY UPDATE SKIP LOCKED)"
					 " UPDATE %s job SET canceled_at = " JOB_STAMP("$2")
					 " FROM unconfirmed WHERE (", table);
	append_unconfirmed(&stmt->sql);
	appendStringInfoString(&stmt->sql, ") IS TRUE AND ");
	job_append_keys_match(&stmt->sql, statement->table, statement->key, "job", "unconfirmed");
}

/*
 * cancel_unconfirmed(older_than interval, job_table regclass) returns bigint
 *
 * Cancels the previews that nobody has confirmed for this long; skips rows
 * that others have locked.  Returns the number of jobs canceled.
 *
 * Errors: 22004, 22023, 22008 the interval, those of job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_cancel_unconfirmed);
Datum
batch_job_cancel_unconfirmed(PG_FUNCTION_ARGS)
{
	JobKey		key;
	CancelUnconfirmed statement = {.key = &key};
	Statement	plan = {.builder = build, .subject = &statement};
	Datum		values[2];
	uint64		rows;

	check_not_null(fcinfo, 0, "older_than");
	values[0] = TimestampTzGetDatum(time_before(PG_GETARG_INTERVAL_P(0), "older_than"));
	values[1] = TimestampTzGetDatum(GetCurrentTimestamp());
	statement.table = job_table_open_argument(fcinfo, 1, RowExclusiveLock);
	plan.object = plan.table = RelationGetRelid(statement.table);
	job_key_of_table(statement.table, &key);
	SPI_connect();
	rows = plan_execute(&plan, values, NULL, false);
	SPI_finish();
	table_close(statement.table, NoLock);
	PG_RETURN_INT64((int64) rows);
}
