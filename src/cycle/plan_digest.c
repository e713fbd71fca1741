/*
 * plan_digest.c
 *	  plan_digest: a digest of what a reviewer sees of a job.
 */
#include "base/batch_job.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"

#include "base/argument.h"
#include "base/plan.h"
#include "job/job_errors.h"
#include "job/job_table.h"

static void
build(PlanText *stmt, const void *subject)
{
	appendStringInfo(&stmt->sql, "SELECT batch_job.digest_plan(type, context, result), deleted_at IS NOT NULL"
					 " FROM %s WHERE id OPERATOR(pg_catalog.=) %s",
					 job_relation_name(RelationGetRelid((Relation) subject)), plan_add_arg(stmt, TEXTOID));
}

static Datum
digest_of(Relation table, text *id)
{
	Oid			relid = RelationGetRelid(table);
	Statement	plan = {build, NULL, relid, relid, table};
	Datum		values[] = {PointerGetDatum(id)};
	uint64		rows = plan_execute(&plan, values, NULL, false);
	bool		isnull;

	check_one_job(table, id, rows);
	if (rows == 0)
		no_such_job(table, id);
	if (DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull)))
		job_is_deleted(table, id, "digest the plan of");
	return SPI_datumTransfer(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull),
							 false, -1);
}

/*
 * plan_digest(id text, job_table regclass) returns text
 *
 * The result of digest_plan for the current version of a job, including
 * changes by other calls in the same statement, hence VOLATILE. Errors: 22004,
 * P0002, 21000, those of job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_plan_digest);
Datum
batch_job_plan_digest(PG_FUNCTION_ARGS)
{
	Relation	table;
	Datum		digest;

	check_not_null(fcinfo, 0, "id");
	table = job_table_open_argument(fcinfo, 1, AccessShareLock);
	SPI_connect();
	digest = digest_of(table, PG_GETARG_TEXT_PP(0));
	SPI_finish();
	table_close(table, NoLock);
	return digest;
}
