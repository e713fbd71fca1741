/*
 * claim_problems.c
 *	  claim_problems: why a worker gets no job.
 */
#include "base/batch_job.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "base/plan.h"
#include "job/job_table.h"
#include "watch/open_jobs.h"

typedef struct Search
{
	OpenJobs	open;
	ArrayType  *types;			/* NULL for all */
	List	   *problems;		/* char * */
	bool		none;			/* a claim would find a job */
} Search;

static void
problem(Search *search, char *sentence)
{
	search->problems = lappend(search->problems, sentence);
}

/*
 * Does the current role have the privilege on the table, or on some column of
 * it?
 */
static bool
may(Oid table, AclMode mode)
{
	return pg_class_aclcheck(table, GetUserId(), mode) == ACLCHECK_OK ||
		pg_attribute_aclcheck_all(table, GetUserId(), mode, ACLMASK_ANY) == ACLCHECK_OK;
}

static void
check_privilege(Search *search, Oid table, AclMode mode, const char *name)
{
	if (!may(table, mode))
		problem(search, psprintf("Role \"%s\" has no %s on table \"%s\".",
								 GetUserNameFromId(GetUserId(), false), name, get_rel_name(table)));
}

static void
check_schema(Search *search, Oid table)
{
	Oid			schema = get_rel_namespace(table);

	if (!has_schema_usage(schema))
		problem(search, psprintf("Role \"%s\" has no USAGE on schema \"%s\".",
								 GetUserNameFromId(GetUserId(), false), get_namespace_name(schema)));
}

static void
check_privileges(Search *search)
{
	Oid			jobs = RelationGetRelid(search->open.jobs);

	check_schema(search, jobs);
	check_privilege(search, jobs, ACL_SELECT, "SELECT");
	check_privilege(search, jobs, ACL_UPDATE, "UPDATE");
	check_privilege(search, search->open.tables.runs, ACL_SELECT, "SELECT");
	check_privilege(search, search->open.tables.runs, ACL_INSERT, "INSERT");
	check_privilege(search, search->open.tables.runs, ACL_UPDATE, "UPDATE");
	check_privilege(search, search->open.tables.types, ACL_SELECT, "SELECT");
	check_privilege(search, search->open.tables.types, ACL_UPDATE, "UPDATE (note)");
}

/* The columns of build_facts, in order. */
enum
{
	FACT_TYPE = 1,
	FACT_DUE,					/* could be taken, apart from limits */
	FACT_FULL,					/* those of them whose owner has reached the limit */
	FACT_LATER,
	FACT_FIRST_LATER,
	FACT_RETRIES,
	FACT_FIRST_RETRY,
	FACT_RUNNING,
	FACT_SUSPECT,
	FACT_PAUSED,
	FACT_PREVIEWS,
	FACT_WITHOUT_RUN,
	FACT_TYPE_PAUSED,
	FACT_MAX_RUNNING,
	FACT_MAX_PER_OWNER,
	FACT_ALL_RUNNING			/* including those that the caller cannot see */
};

#define COUNT(condition) \
	"pg_catalog.count(*) FILTER (WHERE " condition ")"
#define STATE_IS(state) \
	"job.state OPERATOR(pg_catalog.=) '" state "'"
#define NO_STATE_BUT(status) \
	"job.state IS NULL AND job.status OPERATOR(pg_catalog.=) '" status "'::batch_job.status"
#define IS_DUE \
	"job.due OPERATOR(pg_catalog.<=) $2"
#define IS_LATER \
	STATE_IS("waiting") " AND job.due OPERATOR(pg_catalog.>) $2"
#define IS_RETRY \
	STATE_IS("retrying") " AND job.due OPERATOR(pg_catalog.>) $2"

/* A row for each type with open jobs that the caller can see. */
static void
build_facts(PlanText *stmt, const void *subject)
{
	const OpenJobs *open = subject;
	StringInfo	sql = &stmt->sql;

	plan_add_arg(stmt, TEXTARRAYOID);
	plan_add_arg(stmt, TIMESTAMPTZOID);
	appendStringInfo(sql, "WITH running AS (SELECT type, created_by, pg_catalog.count(*) AS count FROM %s"
					 " WHERE state OPERATOR(pg_catalog.=) 'running'::batch_job.run_state GROUP BY type, created_by),"
					 " job AS (SELECT j.type::pg_catalog.text AS type, j.created_by::pg_catalog.text AS created_by,"
					 " j.status, o.state, o.due, t.paused, t.max_running, t.max_running_per_owner",
					 run_table_name(&open->tables));
	open_jobs_append_source(sql, open, "$2");
	appendStringInfoString(sql, " AND ($1 IS NULL OR j.type::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($1)))"
						   " SELECT job.type, " COUNT(IS_DUE)
						   ", " COUNT(IS_DUE " AND job.created_by IS NOT NULL"
									  " AND COALESCE(o.count, 0) OPERATOR(pg_catalog.>=) job.max_running_per_owner")
						   ", " COUNT(IS_LATER) ", pg_catalog.min(job.due) FILTER (WHERE " IS_LATER ")"
						   ", " COUNT(IS_RETRY) ", pg_catalog.min(job.due) FILTER (WHERE " IS_RETRY ")"
						   ", " COUNT(STATE_IS("running")) ", " COUNT(STATE_IS("suspect")) ", " COUNT(STATE_IS("paused"))
						   ", " COUNT(NO_STATE_BUT("pre_processed")) ", " COUNT(NO_STATE_BUT("processing"))
						   ", job.paused, job.max_running, job.max_running_per_owner,"
						   " (SELECT pg_catalog.sum(r.count) FROM running r WHERE r.type OPERATOR(pg_catalog.=) job.type)"
						   " FROM job LEFT JOIN running o ON o.type OPERATOR(pg_catalog.=) job.type"
						   " AND o.created_by OPERATOR(pg_catalog.=) job.created_by"
						   " GROUP BY job.type, job.paused, job.max_running, job.max_running_per_owner ORDER BY job.type");
}

static int64
number(uint64 row, int fact)
{
	char	   *value = SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, fact);

	return value != NULL ? pg_strtoint64(value) : 0;
}

static char *
string(uint64 row, int fact)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, fact);
}

/* Adds "<count> <what>", if there are any. */
static void
list(StringInfo out, int64 count, const char *what, const char *first)
{
	if (count == 0)
		return;
	appendStringInfo(out, "%s" INT64_FORMAT " %s", out->len > 0 ? ", " : "", count, what);
	if (first != NULL)
		appendStringInfo(out, " (the first at %s)", first);
}

/* Reports why none of the open jobs of a type is due. */
static void
tell_what_there_is(Search *search, uint64 row)
{
	StringInfoData jobs;

	initStringInfo(&jobs);
	list(&jobs, number(row, FACT_LATER), "for later", string(row, FACT_FIRST_LATER));
	list(&jobs, number(row, FACT_RETRIES), "waiting for another attempt", string(row, FACT_FIRST_RETRY));
	list(&jobs, number(row, FACT_RUNNING), "running", NULL);
	list(&jobs, number(row, FACT_SUSPECT), "whose worker is silent", NULL);
	list(&jobs, number(row, FACT_PAUSED), "paused", NULL);
	list(&jobs, number(row, FACT_PREVIEWS), "to be confirmed", NULL);
	list(&jobs, number(row, FACT_WITHOUT_RUN), "processing without a run", NULL);
	problem(search, psprintf("No job of type \"%s\" is due. There are: %s.", string(row, FACT_TYPE), jobs.data));
}

static void
check_type(Search *search, uint64 row)
{
	const char *type = string(row, FACT_TYPE);
	const char *paused = string(row, FACT_TYPE_PAUSED);
	const char *max_running = string(row, FACT_MAX_RUNNING);
	const char *table = get_rel_name(search->open.tables.types);
	int64		due = number(row, FACT_DUE);

	if (type == NULL)
		problem(search, "Jobs without a type are never given to a worker.");
	else if (paused != NULL && paused[0] == 't')
		problem(search, psprintf("Type \"%s\" is paused in table \"%s\".", type, table));
	else if (due == 0)
		tell_what_there_is(search, row);
	else if (max_running != NULL && number(row, FACT_ALL_RUNNING) >= number(row, FACT_MAX_RUNNING))
		problem(search, psprintf("Type \"%s\" has " INT64_FORMAT " jobs running, as many as max_running in table \"%s\" allows.",
								 type, number(row, FACT_ALL_RUNNING), table));
	else if (number(row, FACT_FULL) == due)
		problem(search, psprintf("All due jobs of type \"%s\" belong to owners with %s jobs running, as many as max_running_per_owner in table \"%s\" allows.",
								 type, string(row, FACT_MAX_PER_OWNER), table));
	else
		search->none = true;
}

static void
check_jobs(Search *search)
{
	Oid			jobs = RelationGetRelid(search->open.jobs);
	Statement	plan = {build_facts, NULL, jobs, jobs, &search->open, PLAN_PARTIAL_INDEXES};
	Datum		values[] = {PointerGetDatum(search->types), TimestampTzGetDatum(GetCurrentTimestamp())};
	uint64		rows = plan_execute(&plan, values, search->types != NULL ? "  " : "n ", false);

	for (uint64 row = 0; row < rows; row++)
		check_type(search, row);
	if (rows == 0)
		problem(search, search->types != NULL ? "There is no open job of these types." : "There is no open job.");
	if (check_enable_rls(jobs, InvalidOid, true) == RLS_ENABLED)
		problem(search, psprintf("Row-level security shows role \"%s\" only some of the jobs of table \"%s\".",
								 GetUserNameFromId(GetUserId(), false), RelationGetRelationName(search->open.jobs)));
}

/*
 * claim_problems(types text[], job_table regclass) returns setof text
 *
 * Why a claim of these types, or of all, finds nothing at the moment, one
 * sentence each; none if it would find a job, unless others have locked it.
 * Reads all open jobs.
 *
 * Errors: 55000 the table has no runs, those of job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_claim_problems);
Datum
batch_job_claim_problems(PG_FUNCTION_ARGS)
{
	Search		search = {0};
	ReturnSetInfo *result;
	ListCell   *cell;

	search.types = PG_ARGISNULL(0) ? NULL : PG_GETARG_ARRAYTYPE_P(0);
	open_jobs_of_argument(fcinfo, 1, &search.open);
	run_tables_need(search.open.jobs, &search.open.tables);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	result = (ReturnSetInfo *) fcinfo->resultinfo;

	SPI_connect();
	check_privileges(&search);
	if (search.problems == NIL)
		check_jobs(&search);
	if (search.none)
		search.problems = NIL;
	foreach(cell, search.problems)
	{
		Datum		value = CStringGetTextDatum(lfirst(cell));
		bool		isnull = false;

		tuplestore_putvalues(result->setResult, result->setDesc, &value, &isnull);
	}
	SPI_finish();
	table_close(search.open.jobs, AccessShareLock);
	return (Datum) 0;
}
