/*
 * create.c
 *	  create: a new job.
 */
#include "base/batch_job.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"

#include "base/plan.h"
#include "job/columns.h"
#include "job/created_by.h"
#include "job/job_table.h"

/* type, context, dry_run, created_by, id */
#define NARGS	5

/*
 * An id that is left out comes from the column's default, before a partition is chosen.
 * Of created_by only what is no text is cast: to varchar(n) a cast would cut it.
 */
static void
build(PlanText *stmt, Relation table, const char *id_column, const char *id_value)
{
	const Oid	types[NARGS] = {TEXTOID, JSONBOID, BOOLOID, TEXTOID, TEXTOID};

	for (int i = 0; i < NARGS; i++)
		plan_add_arg(stmt, types[i]);
	appendStringInfo(&stmt->sql, "INSERT INTO %s (type, context, dry_run, created_by%s)"
					 " VALUES ($1, $2, COALESCE($3, false), $4::%s%s) RETURNING ",
					 job_relation_name(RelationGetRelid(table)), id_column,
					 format_type_be_qualified(job_user_type(table)), id_value);
	job_append_row(&stmt->sql);
}

static void
build_with_id(PlanText *stmt, const void *subject)
{
	build(stmt, (Relation) subject, ", id", ", $5");
}

static void
build_without_id(PlanText *stmt, const void *subject)
{
	build(stmt, (Relation) subject, "", "");
}

static void
not_created(Relation table)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("the job was not created"),
			 errdetail("A trigger of table \"%s\" kept it out.", RelationGetRelationName(table)),
			 errtable(table)));
}

/*
 * create(type text, context jsonb, dry_run boolean, created_by text, id text,
 *		  job_table regclass) returns batch_job.batch_job
 *
 * Inserts a job.  Errors: 22P02 created_by is no id of a user, those of INSERT
 * (23502, 23503, 23505, 23514), those of job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_create);
Datum
batch_job_create(PG_FUNCTION_ARGS)
{
	bool		with_id = !PG_ARGISNULL(4) && VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(4)) > 0;
	Relation	table = job_table_open_argument(fcinfo, NARGS, RowExclusiveLock);
	Oid			relid = RelationGetRelid(table);
	Statement	plan = {with_id ? build_with_id : build_without_id, NULL, relid, relid, table};
	Datum		values[NARGS];
	char		nulls[NARGS];
	Datum		job;
	bool		isnull;

	for (int i = 0; i < NARGS; i++)
	{
		values[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	SPI_connect();
	if (plan_execute(&plan, values, nulls, false) != 1)
		not_created(table);
	job = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	job = SPI_datumTransfer(job, false, -1);
	SPI_finish();
	table_close(table, NoLock);
	return job;
}
