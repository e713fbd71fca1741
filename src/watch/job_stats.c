/*
 * job_stats.c
 *	  job_stats: how jobs ended lately, and how long they took.
 *
 * Jobs are found by the time when they ended, runs by the times when they
 * began and ended. create_table makes BRIN indexes on these, which cost next
 * to nothing per job.
 */
#include "base/batch_job.h"

#include "catalog/pg_type.h"
#include "utils/timestamp.h"

#include "base/argument.h"
#include "base/plan.h"
#include "job/columns.h"
#include "job/job_table.h"
#include "run/queue_columns.h"
#include "watch/open_jobs.h"

#define COUNT(condition) \
	"pg_catalog.count(*) FILTER (WHERE " condition ")"
#define QUANTILES(since, until) \
	"pg_catalog.percentile_cont('{0.5,0.95}'::pg_catalog.float8[])" \
	" WITHIN GROUP (ORDER BY batch_job.duration(" since ", " until "))"
#define BOTH(quantiles) \
	"pg_catalog.justify_hours(" quantiles "[1]), pg_catalog.justify_hours(" quantiles "[2])"

/* $1 is the time since which jobs are counted. */
static void
append_jobs(StringInfo sql, const OpenJobs *open)
{
	appendStringInfo(sql, "WITH job AS (SELECT j.type::pg_catalog.text AS type,"
					 COUNT(STATUS_IS("completed")) " AS completed,"
					 COUNT(STATUS_IS("failed")) " AS failed,"
					 COUNT(STATUS_IS("canceled")) " AS canceled,"
					 QUANTILES("j.created_at", "j.pre_processed_at") " AS preparing,"
					 QUANTILES("j.pre_processed_at", "j.confirmed_at") " FILTER (WHERE j.dry_run) AS review,"
					 QUANTILES("GREATEST(j.confirmed_at, %s)", "j.processing_at")
					 " FILTER (WHERE j.confirmed_at IS NOT NULL) AS waiting,"
					 QUANTILES("j.processing_at", JOB_OVER_AT("j.")) " AS processing"
					 " FROM %s j WHERE " JOB_OVER_AT("j.") " OPERATOR(pg_catalog.>=) $1"
					 " AND j.status OPERATOR(pg_catalog.>=) 'completed'::batch_job.status GROUP BY j.type)",
					 queue_due(open->jobs), job_relation_name(RelationGetRelid(open->jobs)));
}

/*
 * An unclaimed job is paused by a run whose lease has length zero, which does
 * not count as claimed.
 */
static void
append_runs(StringInfo sql, const OpenJobs *open)
{
	const char *runs = run_table_name(&open->tables);

	appendStringInfo(sql, ", run AS (SELECT type, pg_catalog.sum(claimed)::pg_catalog.int8 AS claimed,"
					 " pg_catalog.sum(lost)::pg_catalog.int8 AS lost, pg_catalog.sum(failed)::pg_catalog.int8 AS failed FROM ("
					 "SELECT type, 1 AS claimed, 0 AS lost, 0 AS failed FROM %s WHERE claimed_at OPERATOR(pg_catalog.>=) $1"
					 " AND lease_until OPERATOR(pg_catalog.<>) claimed_at"
					 " UNION ALL SELECT type, 0, (outcome OPERATOR(pg_catalog.=) 'lost'::batch_job.run_outcome)::pg_catalog.int4,"
					 " (outcome OPERATOR(pg_catalog.=) 'failed'::batch_job.run_outcome)::pg_catalog.int4"
					 " FROM %s WHERE ended_at OPERATOR(pg_catalog.>=) $1 AND (outcome OPERATOR(pg_catalog.=) 'lost'::batch_job.run_outcome"
					 " OR outcome OPERATOR(pg_catalog.=) 'failed'::batch_job.run_outcome)) r GROUP BY type)", runs, runs);
}

/* The same for a table without runs. */
static void
append_no_runs(StringInfo sql)
{
	appendStringInfoString(sql, ", run AS (SELECT NULL::pg_catalog.text AS type, NULL::pg_catalog.int8 AS claimed,"
						   " NULL::pg_catalog.int8 AS lost, NULL::pg_catalog.int8 AS failed WHERE false)");
}

#define OR_NONE(count) \
	"COALESCE(" count ", 0::pg_catalog.int8)"

static void
build_stats(PlanText *stmt, const void *subject)
{
	const OpenJobs *open = subject;
	StringInfo	sql = &stmt->sql;

	plan_add_arg(stmt, TIMESTAMPTZOID);
	append_jobs(sql, open);
	if (open->has_runs)
		append_runs(sql, open);
	else
		append_no_runs(sql);
	appendStringInfoString(sql, " SELECT COALESCE(j.type, r.type) AS type, " OR_NONE("completed") ", " OR_NONE("j.failed")
						   ", " OR_NONE("canceled") ", " OR_NONE("claimed") ", " OR_NONE("lost") ", " OR_NONE("r.failed")
						   ", " BOTH("preparing") ", " BOTH("review") ", " BOTH("waiting") ", " BOTH("processing")
						   " FROM job j FULL JOIN run r ON r.type OPERATOR(pg_catalog.=) j.type ORDER BY 1");
}

/*
 * job_stats(since interval, job_table regclass) returns setof (type, completed,
 * failed, canceled, claimed, lost, failed_attempts, preparing_median,
 * preparing_p95, review_median, review_p95, waiting_median, waiting_p95,
 * processing_median, processing_p95)
 *
 * For each type: how the jobs that ended in this interval ended, how long
 * their stages took, how many runs began in it, and how many ended because the
 * worker was lost or the attempt failed.  Counts what the caller may see.
 *
 * Errors: 22004, 22023, 22008 the interval, 42501, those of job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_job_stats);
Datum
batch_job_job_stats(PG_FUNCTION_ARGS)
{
	Datum		values[1];

	check_not_null(fcinfo, 0, "since");
	values[0] = TimestampTzGetDatum(time_before(PG_GETARG_INTERVAL_P(0), "since"));
	open_jobs_answer(fcinfo, 1, build_stats, values);
	return (Datum) 0;
}
