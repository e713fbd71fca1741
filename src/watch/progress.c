/*
 * progress.c
 *	  progress: the progress of the open jobs of any job table.
 */
#include "base/batch_job.h"


#include "catalog/pg_type.h"
#include "utils/timestamp.h"

#include "base/plan.h"
#include "watch/progress_columns.h"

static void
build_progress(PlanText *stmt, const void *subject)
{
	progress_append_query(&stmt->sql, subject, plan_add_arg(stmt, TIMESTAMPTZOID));
}

/*
 * progress(job_table regclass) returns setof (the columns of the view
 * <table>_progress)
 *
 * Works without runs, too.  Shows what the caller may see.  Errors: 42501,
 * those of job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_progress);
Datum
batch_job_progress(PG_FUNCTION_ARGS)
{
	Datum		values[] = {TimestampTzGetDatum(GetCurrentTimestamp())};

	open_jobs_answer(fcinfo, 0, build_progress, values);
	return (Datum) 0;
}
