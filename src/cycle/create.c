/*
 * create.c
 *	  create: creates a job.
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

/* The arguments, in order. */
static const struct
{
	const char *column;
	Oid			type;
}			arguments[] = {
	{"type", TEXTOID},
	{"context", JSONBOID},
	{"dry_run", BOOLOID},
	{"created_by", TEXTOID},
	{"id", TEXTOID},
};

#define NARGS	((int) lengthof(arguments))
#define CREATED_BY	3
#define ID			4

typedef struct NewJob
{
	Relation	table;
	bool		given[NARGS];
} NewJob;

/*
 * Columns that are not given get their defaults, so that there is an id before
 * a partition is chosen. created_by is only cast to types other than text: a
 * cast to varchar(n) would truncate it.
 */
static void
build(PlanText *stmt, const void *subject)
{
	const NewJob *job = subject;
	const char *separator = "";
	StringInfoData values;

	initStringInfo(&values);
	appendStringInfo(&stmt->sql, "INSERT INTO %s (", job_relation_name(RelationGetRelid(job->table)));
	for (int i = 0; i < NARGS; i++)
	{
		if (!job->given[i])
			continue;
		appendStringInfo(&stmt->sql, "%s%s", separator, arguments[i].column);
		appendStringInfo(&values, "%s%s", separator, plan_add_arg(stmt, arguments[i].type));
		if (i == CREATED_BY)
			appendStringInfo(&values, "::%s", format_type_be_qualified(job_user_type(job->table)));
		separator = ", ";
	}
	appendStringInfo(&stmt->sql, ") VALUES (%s) RETURNING ", values.data);
	job_append_row(&stmt->sql);
}

static void
not_created(Relation table)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("the job was not created"),
			 errdetail("A trigger of table \"%s\" suppressed the INSERT.", RelationGetRelationName(table)),
			 errtable(table)));
}

/*
 * create(type text, context jsonb, dry_run boolean, created_by text, id text,
 * job_table regclass) returns batch_job.batch_job
 *
 * Inserts a job; an argument that is NULL leaves its column to the default.
 * Errors: 22P02 created_by is not the id of a user, those of INSERT (23502,
 * 23503, 23505, 23514), those of job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_create);
Datum
batch_job_create(PG_FUNCTION_ARGS)
{
	NewJob		new = {.table = job_table_open_argument(fcinfo, NARGS, RowExclusiveLock)};
	Oid			relid = RelationGetRelid(new.table);
	Statement	plan = {build, NULL, relid, relid, &new};
	Datum		values[NARGS];
	char		nulls[NARGS];
	uintptr_t	variant = 0;
	int			count = 0;
	Datum		job;
	bool		isnull;

	for (int i = 0; i < NARGS; i++)
	{
		/* a NULL type is left to the table's own constraint */
		new.given[i] = i == 0 || !PG_ARGISNULL(i);
		if (i == ID && new.given[i])
			new.given[i] = VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(i)) > 0;
		if (!new.given[i])
			continue;
		variant |= (uintptr_t) 1 << i;
		values[count] = PG_GETARG_DATUM(i);
		nulls[count++] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	plan.variant = (const void *) variant;
	SPI_connect();
	if (plan_execute(&plan, values, nulls, false) != 1)
		not_created(new.table);
	job = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	job = SPI_datumTransfer(job, false, -1);
	SPI_finish();
	table_close(new.table, NoLock);
	return job;
}
