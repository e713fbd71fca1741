/*
 * run_job.c
 *	  The job of a run: its state, and its failure when no attempt is left.
 */
#include "run/run_job.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "base/plan.h"
#include "base/running.h"
#include "event/event.h"
#include "id/id.h"
#include "job/columns.h"
#include "job/job_errors.h"
#include "job/job_table.h"

/* How many runs of a job are searched for the errors of its attempts. */
#define MAX_RUNS	1000

static void
build_look(PlanText *stmt, const void *subject)
{
	const RelationData *job_table = subject;

	plan_add_arg(stmt, TEXTOID);
	appendStringInfoString(&stmt->sql, "SELECT deleted_at IS NOT NULL, ");
	job_append_row(&stmt->sql);
	appendStringInfo(&stmt->sql, " FROM %s WHERE id OPERATOR(pg_catalog.=) $1",
					 job_relation_name(RelationGetRelid(job_table)));
}

/*
 * The current state of a job.  The caller is connected to SPI, here and
 * below.  Error: 21000.
 */
RunJob
run_job_look(Relation job_table, const text *id)
{
	Oid			table = RelationGetRelid(job_table);
	Statement	plan = {build_look, NULL, table, table, job_table, PLAN_ROW_BY_ROW};
	Datum		values[] = {PointerGetDatum(id)};
	uint64		rows = plan_look(&plan, values, NULL);
	RunJob		job = {0};
	bool		isnull;

	check_one_job(job_table, id, rows);
	if (rows == 0)
		return job;
	job.is_there = true;
	job.is_deleted = DatumGetBool(plan_value(0, 1, &isnull));
	job.status = job_row_status(plan_value(0, 2, &isnull));
	job.is_open = job.status < JOB_STATUS_COMPLETED;
	return job;
}

/* The same for callers that require an open, live job.  Errors: P0002, 55000. */
RunJob
run_job_need_open(Relation job_table, const text *id, const char *verb)
{
	RunJob		job = run_job_look(job_table, id);

	if (!job.is_there)
		no_such_job(job_table, id);
	if (job.is_deleted)
		job_is_deleted(job_table, id, verb);
	if (!job.is_open)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot %s job \"%s\": its status is %s", verb, id_shown(id), job_status_name(job.status)),
				 errdetail("Its status must be created, pre_processed, confirmed or processing."),
				 errtable(job_table)));
	return job;
}

/* The latest runs first. */
static void
build_runs(PlanText *stmt, const void *subject)
{
	const Run  *run = subject;

	plan_add_arg(stmt, TEXTOID);
	plan_add_arg(stmt, TEXTOID);
	plan_add_arg(stmt, INT8OID);
	appendStringInfo(&stmt->sql, "SELECT attempt, outcome OPERATOR(pg_catalog.=) 'released'::batch_job.run_outcome, error"
					 " FROM %s WHERE job_id OPERATOR(pg_catalog.=) $1 AND run OPERATOR(pg_catalog.<) $2"
					 " ORDER BY job_id DESC, run DESC LIMIT $3", run_table_name(&run->tables));
}

static Datum
array_of(List *values)
{
	StringInfoData json;
	ListCell   *cell;

	initStringInfo(&json);
	appendStringInfoChar(&json, '[');
	foreach(cell, values)
	{
		Jsonb	   *value = lfirst(cell);

		if (foreach_current_index(cell) > 0)
			appendStringInfoChar(&json, ',');
		(void) JsonbToCString(&json, &value->root, VARSIZE(value));
	}
	appendStringInfoChar(&json, ']');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

/*
 * The errors of the attempts up to this run, oldest first, as a jsonb array.
 * A counted attempt is followed by the next number; where the numbers do not
 * match, the job was reopened in between.
 */
static Datum
errors_of_attempts(const Run *run, Datum error)
{
	Statement	plan = {build_runs, NULL, run->tables.runs, run->tables.runs, run, PLAN_ROW_BY_ROW};
	Datum		values[] = {PointerGetDatum(run->id), PointerGetDatum(run->run), Int64GetDatum(MAX_RUNS)};
	uint64		rows = plan_execute(&plan, values, NULL, false);
	int			attempt = run->attempt;
	List	   *errors = error != (Datum) 0 ? list_make1(DatumGetJsonbP(error)) : NIL;

	for (uint64 row = 0; row < rows; row++)
	{
		bool		isnull;
		bool		released = DatumGetBool(plan_value(row, 2, &isnull));

		if (isnull || DatumGetInt16(plan_value(row, 1, &isnull)) != attempt - !released)
			break;
		attempt -= !released;
		error = plan_value(row, 3, &isnull);
		if (!isnull)
			errors = lcons(DatumGetJsonbP(error), errors);
	}
	return array_of(errors);
}

static void
build_fail(PlanText *stmt, const void *subject)
{
	const Run  *run = subject;

	plan_add_arg(stmt, TEXTOID);
	plan_add_arg(stmt, TIMESTAMPTZOID);
	plan_add_arg(stmt, JSONBOID);
	plan_add_arg(stmt, JSONBOID);
	appendStringInfo(&stmt->sql, "UPDATE %s SET failed_at = " JOB_STAMP("$2") ","
					 " result = batch_job.append_errors(batch_job.merge_object(result, $4), $3)"
					 " WHERE id OPERATOR(pg_catalog.=) $1 AND deleted_at IS NULL AND ",
					 job_relation_name(RelationGetRelid(run->job_table)));
	job_append_derived_status(&stmt->sql);
	appendStringInfoString(&stmt->sql, " OPERATOR(pg_catalog.<) 'completed'::batch_job.status");
}

typedef struct Failure
{
	const Run  *run;
	Datum		errors;
} Failure;

/*
 * The job was not changed: an error, unless somebody else has ended it at this
 * moment.
 */
static void
check_is_over(const Run *run)
{
	RunJob		job = run_job_look(run->job_table, run->id);

	if (!job.is_there || !job.is_open)
		return;
	if (job.is_deleted)
		job_is_deleted(run->job_table, run->id, "fail");
	job_not_changed(run->job_table, run->id);
}

static void
update_job(void *argument)
{
	const Failure *failure = argument;
	const Run  *run = failure->run;
	Oid			table = RelationGetRelid(run->job_table);
	Statement	plan = {build_fail, NULL, table, table, run, PLAN_ROW_BY_ROW};
	Datum		progress = run_progress(run);
	Datum		values[] = {
		PointerGetDatum(run->id), TimestampTzGetDatum(GetCurrentTimestamp()), failure->errors, progress
	};

	if (plan_execute(&plan, values, progress != (Datum) 0 ? "    " : "   n", false) == 0)
		check_is_over(run);
}

/*
 * run_job_fail
 *		Fails the job of a run that the caller has ended, with the errors of
 *		all its attempts and the one of this run (jsonb, or 0).  Does nothing
 *		if somebody else has just ended the job.  Errors: 42501 the job cannot
 *		be changed, P0002 it has just been deleted.
 */
void
run_job_fail(const Run *run, Datum error)
{
	Failure		failure = {run, errors_of_attempts(run, error)};
	RunningDetail detail = {run->id, run_event_detail(run->run, run->attempt, run->worker)};
	Running		call = {
		.kind = RUNNING_CALL, .table = RelationGetRelid(run->job_table), .event = JOB_EVENT_FAILED,
		.details = &detail, .ndetails = 1
	};

	running_do(&call, update_job, &failure);
}
