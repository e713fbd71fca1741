/*
 * queue_stats.c
 *	  queue_stats: how many jobs of each type are waiting, running, and so on,
 *	  and how much of the limits is used.
 *
 * It reads the open jobs and the runs that have not ended by their partial
 * indexes, so finished jobs cost nothing.
 */
#include "base/batch_job.h"

#include "catalog/pg_type.h"
#include "utils/timestamp.h"

#include "base/plan.h"
#include "job/job_table.h"
#include "watch/open_jobs.h"

/*
 * The columns that a part of the statement does not know, so that one GROUP BY
 * combines all parts.
 */
#define NO_JOBS \
	"NULL::pg_catalog.text AS state, NULL::batch_job.status AS status, NULL::pg_catalog.int8 AS count," \
	" NULL::pg_catalog.int8 AS due, NULL::pg_catalog.timestamptz AS first_due"
#define NO_SLOTS \
	"NULL::pg_catalog.int8 AS slots, NULL::pg_catalog.int8 AS slots_of_owner"
#define NO_SETTINGS \
	"NULL::pg_catalog.int4 AS max_running, NULL::pg_catalog.int4 AS max_running_per_owner, NULL::pg_catalog.bool AS paused"

/*
 * By type, state, and status, which distinguishes jobs without a state; $1 is
 * the time.  OFFSET keeps PostgreSQL from computing due once for each use.
 */
static void
append_jobs(StringInfo sql, const OpenJobs *open)
{
	appendStringInfoString(sql, "SELECT type, state, status, pg_catalog.count(*) AS count,"
						   " pg_catalog.count(*) FILTER (WHERE due OPERATOR(pg_catalog.<=) $1) AS due,"
						   " pg_catalog.min(due) AS first_due, " NO_SLOTS ", " NO_SETTINGS
						   " FROM (SELECT j.type::pg_catalog.text AS type, o.state, j.status, o.due");
	open_jobs_append_source(sql, open, "$1");
	appendStringInfoString(sql, " OFFSET 0) j GROUP BY type, state, status");
}

/*
 * What counts towards the limits, including runs of jobs that are over, until
 * their workers notice.
 */
static void
append_slots(StringInfo sql, const OpenJobs *open)
{
	appendStringInfo(sql, " UNION ALL SELECT type, " NO_JOBS ", pg_catalog.sum(count)::pg_catalog.int8,"
					 " pg_catalog.max(count) FILTER (WHERE created_by IS NOT NULL), " NO_SETTINGS
					 " FROM (SELECT type, created_by, pg_catalog.count(*) AS count FROM %s"
					 " WHERE state OPERATOR(pg_catalog.=) 'running'::batch_job.run_state GROUP BY type, created_by) r"
					 " GROUP BY type", run_table_name(&open->tables));
}

static void
append_settings(StringInfo sql, const OpenJobs *open)
{
	appendStringInfo(sql, " UNION ALL SELECT type, " NO_JOBS ", " NO_SLOTS ", max_running, max_running_per_owner, paused FROM %s",
					 type_table_name(&open->tables));
}

#define SUM(what, condition) \
	"COALESCE(pg_catalog.sum(" what ") FILTER (WHERE " condition "), 0)::pg_catalog.int8"
#define STATE_IS(state) \
	"state OPERATOR(pg_catalog.=) '" state "'"
#define NO_STATE_BUT(status) \
	"state IS NULL AND status OPERATOR(pg_catalog.=) '" status "'::batch_job.status"

static void
build_stats(PlanText *stmt, const void *subject)
{
	const OpenJobs *open = subject;
	StringInfo	sql = &stmt->sql;

	plan_add_arg(stmt, TIMESTAMPTZOID);
	appendStringInfoString(sql, "SELECT type, " SUM("count", STATE_IS("waiting")) ", " SUM("due", "true")
						   ", " SUM("count", STATE_IS("running")) ", " SUM("count", STATE_IS("retrying"))
						   ", " SUM("count", STATE_IS("paused")) ", " SUM("count", STATE_IS("suspect"))
						   ", " SUM("count", NO_STATE_BUT("pre_processed")) ", " SUM("count", NO_STATE_BUT("processing"))
						   ", CASE WHEN pg_catalog.min(first_due) OPERATOR(pg_catalog.<=) $1"
						   " THEN batch_job.duration(pg_catalog.min(first_due), $1) END"
						   ", " SUM("slots", "true") ", pg_catalog.min(max_running)"
						   ", " SUM("slots_of_owner", "true") ", pg_catalog.min(max_running_per_owner)"
						   ", COALESCE(pg_catalog.bool_or(paused), false) FROM (");
	append_jobs(sql, open);
	if (open->has_runs)
	{
		append_slots(sql, open);
		append_settings(sql, open);
	}
	appendStringInfoString(sql, ") q GROUP BY type ORDER BY type");
}

/*
 * queue_stats(job_table regclass) returns setof (type, waiting, due, running,
 * retrying, paused, suspect, unconfirmed, no_run, oldest_due, slots_used,
 * max_running, owner_slots_used, max_running_per_owner, type_paused)
 *
 * For each type that has open jobs, runs, or settings: how many jobs are in
 * each state, how long the oldest has been due, and how much of its limits is
 * used.  Counts what the caller may see.
 *
 * Errors: 42501, those of job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_queue_stats);
Datum
batch_job_queue_stats(PG_FUNCTION_ARGS)
{
	Datum		values[] = {TimestampTzGetDatum(GetCurrentTimestamp())};

	open_jobs_answer(fcinfo, 0, build_stats, values);
	return (Datum) 0;
}
