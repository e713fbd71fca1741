/*
 * open_jobs.c
 *	  The states of the open jobs of a table, in SQL. They are defined only
 *	  here.
 */
#include "watch/open_jobs.h"

#include "access/table.h"
#include "executor/spi.h"
#include "funcapi.h"

#include "job/columns.h"
#include "job/job_table.h"
#include "run/queue_columns.h"

/* For a job without a run: it can be claimed. */
#define IS_NEW \
	STATUS_IS("created") " OR " STATUS_IS("confirmed")
#define RUN_IS(state) \
	"r.state OPERATOR(pg_catalog.=) '" state "'::batch_job.run_state"

/*
 * Describes a job table, and whether it has runs.  Error: 42P16 its columns
 * have changed.
 */
void
open_jobs_of(Relation jobs, OpenJobs *open)
{
	JobLayout	layout;

	job_layout_of_table(jobs, &layout);
	open->jobs = jobs;
	open->has_runs = run_tables_of(jobs, &open->tables);
}

/*
 * The same for a job table given as an SQL argument, which is opened and
 * locked for reading.  Errors: those of job_table_open, 42P01, 42P16.
 */
void
open_jobs_of_argument(FunctionCallInfo fcinfo, int argument, OpenJobs *open)
{
	open_jobs_of(job_table_open_argument(fcinfo, argument, AccessShareLock), open);
	if (open->has_runs)
		run_tables_lock(open->jobs, AccessShareLock, &open->tables);
}

/*
 * open_jobs_answer
 *		Answers a call of a set-returning function about the job table in an
 *		argument with the rows of a statement, as far as the caller may see
 *		them.  The builder gets OpenJobs.  Errors: 42501, those of
 *		open_jobs_of_argument.
 */
void
open_jobs_answer(FunctionCallInfo fcinfo, int table_argument, PlanBuilder builder, const Datum *values)
{
	OpenJobs	open;
	Statement	plan = {builder, .subject = &open, .planning = PLAN_PARTIAL_INDEXES};

	open_jobs_of_argument(fcinfo, table_argument, &open);
	plan.object = plan.table = RelationGetRelid(open.jobs);
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	plan_execute_into(&plan, values, (ReturnSetInfo *) fcinfo->resultinfo);
	SPI_finish();
	table_close(open.jobs, AccessShareLock);
}

/*
 * A released run is not a failed attempt; a run whose job must be confirmed
 * first does not wait for a worker.
 */
static void
append_state(StringInfo sql, const char *now)
{
	appendStringInfo(sql, "CASE WHEN " RUN_IS("running") " THEN"
					 " CASE WHEN r.suspect_at IS NOT NULL OR r.lease_until OPERATOR(pg_catalog.<=) %s"
					 " THEN 'suspect' ELSE 'running' END", now);
	appendStringInfoString(sql, " WHEN " RUN_IS("paused") " THEN 'paused'"
						   " WHEN " STATUS_IS("pre_processed") " THEN NULL"
						   " WHEN r.outcome OPERATOR(pg_catalog.<>) 'released'::batch_job.run_outcome THEN 'retrying'"
						   " WHEN " RUN_IS("waiting") " OR " IS_NEW " THEN 'waiting' END");
}

static void
append_state_without_runs(StringInfo sql)
{
	appendStringInfoString(sql, "CASE WHEN " IS_NEW " THEN 'waiting' WHEN " STATUS_IS("processing") " THEN 'running' END");
}

/*
 * A job is not due before it was created and confirmed, since start_after may
 * be any time in the past.
 */
static void
append_due(StringInfo sql, const OpenJobs *open)
{
	appendStringInfoString(sql, "CASE WHEN ");
	if (open->has_runs)
		appendStringInfoString(sql, STATUS_IS("pre_processed") " THEN NULL WHEN " RUN_IS("waiting")
							   " THEN r.retry_at WHEN r.job_id IS NULL AND ");
	appendStringInfo(sql, "(" IS_NEW ") THEN GREATEST(%s, j.created_at, j.confirmed_at) END", queue_due(open->jobs));
}

/*
 * open_jobs_append_source
 *		" FROM ... WHERE ...": the open jobs as j; the run of each that has not
 *		ended, if any, as r; the settings of its type as t; and o, with
 *
 *	state: waiting, running, suspect, retrying, paused; NULL if it waits for
 *	a person, or is processing without a run;
 *	due: the time from which a worker may claim it, while it waits for one;
 *	now: the time, for which the caller has an expression.
 *
 * Without runs, there is neither r nor t, and jobs in status processing are
 * running.
 */
void
open_jobs_append_source(StringInfo sql, const OpenJobs *open, const char *now)
{
	appendStringInfo(sql, " FROM %s j", job_relation_name(RelationGetRelid(open->jobs)));
	if (open->has_runs)
	{
		appendStringInfo(sql, " LEFT JOIN %s r ON r.job_id OPERATOR(pg_catalog.=) j.id"
						 " AND r.state OPERATOR(pg_catalog.<>) 'ended'::batch_job.run_state",
						 run_table_name(&open->tables));
		appendStringInfo(sql, " LEFT JOIN %s t ON t.type OPERATOR(pg_catalog.=) j.type::pg_catalog.text",
						 type_table_name(&open->tables));
	}
	appendStringInfo(sql, " CROSS JOIN LATERAL (SELECT %s AS now, ", now);
	if (open->has_runs)
		append_state(sql, now);
	else
		append_state_without_runs(sql);
	appendStringInfoString(sql, " AS state, ");
	append_due(sql, open);
	appendStringInfoString(sql, " AS due) o WHERE j.deleted_at IS NULL"
						   " AND j.status OPERATOR(pg_catalog.<) 'completed'::batch_job.status");
}
