/*
 * pause.c
 *	  pause, resume: stops a job for a while, and continues it.
 *
 * A job that nobody has claimed yet is paused by means of a run that was never
 * worked on: its lease has length zero.
 */
#include "base/batch_job.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "base/argument.h"
#include "base/plan.h"
#include "id/id.h"
#include "job/columns.h"
#include "job/job_table.h"
#include "run/queue_columns.h"
#include "run/run_job.h"

typedef struct Pause
{
	Relation	jobs;
	RunTables	tables;
	text	   *id;
	TimestampTz now;
	Datum		state;			/* of the job's run after the call; 0 if it has none */
} Pause;

#define OF_JOB \
	" WHERE r.job_id OPERATOR(pg_catalog.=) $1" \
	" AND (r.state OPERATOR(pg_catalog.<>) 'ended'::batch_job.run_state) IS TRUE RETURNING r.state"

static void
add_args(PlanText *stmt)
{
	plan_add_arg(stmt, TEXTOID);
	plan_add_arg(stmt, TIMESTAMPTZOID);
}

static void
build_pause(PlanText *stmt, const void *subject)
{
	const Pause *pause = subject;

	add_args(stmt);
	appendStringInfo(&stmt->sql, "UPDATE %s r SET pause_requested_at = COALESCE(r.pause_requested_at, $2),"
					 " state = CASE WHEN r.state OPERATOR(pg_catalog.=) 'waiting' THEN 'paused' ELSE r.state END" OF_JOB,
					 run_table_name(&pause->tables));
}

/*
 * " FROM ...": the job, unless it has been started, or is over or deleted.
 */
static void
append_unstarted(StringInfo sql, const Pause *pause)
{
	appendStringInfo(sql, " FROM %s j WHERE j.id OPERATOR(pg_catalog.=) $1 AND j.deleted_at IS NULL AND ",
					 job_relation_name(RelationGetRelid(pause->jobs)));
	job_append_derived_status(sql);
	appendStringInfoString(sql, " OPERATOR(pg_catalog.<) 'processing'::batch_job.status");
}

/* Keeps others from claiming the job. */
static void
build_lock_unstarted(PlanText *stmt, const void *subject)
{
	add_args(stmt);
	appendStringInfoString(&stmt->sql, "SELECT 1");
	append_unstarted(&stmt->sql, subject);
	appendStringInfoString(&stmt->sql, " FOR NO KEY UPDATE");
}

static void
build_pause_unclaimed(PlanText *stmt, const void *subject)
{
	const Pause *pause = subject;

	add_args(stmt);
	appendStringInfo(&stmt->sql, "INSERT INTO %s (job_id, run, type, created_by, priority, state, attempt,"
					 " claimed_at, heartbeat_at, lease_until, pause_requested_at, ended_at, outcome, retry_at)"
					 " SELECT j.id, %s, j.type, j.created_by, %s, 'paused', 1, $2, $2, $2, $2, $2, 'released', $2",
					 run_table_name(&pause->tables), plan_add_arg(stmt, TEXTOID), queue_priority(pause->jobs));
	append_unstarted(&stmt->sql, pause);
	appendStringInfoString(&stmt->sql, " ON CONFLICT (job_id) WHERE state OPERATOR(pg_catalog.<>) 'ended'"
						   " DO NOTHING RETURNING state");
}

/*
 * A job that was never worked on, or waits for its confirmation, can then be
 * claimed as if it had never been paused.
 */
static void
build_resume(PlanText *stmt, const void *subject)
{
	const Pause *pause = subject;

	add_args(stmt);
	plan_add_arg(stmt, BOOLOID);
	appendStringInfo(&stmt->sql, "UPDATE %s r SET pause_requested_at = NULL, retry_at = CASE"
					 " WHEN r.state OPERATOR(pg_catalog.=) 'paused' THEN $2 ELSE r.retry_at END,"
					 " state = CASE WHEN r.state OPERATOR(pg_catalog.<>) 'paused' THEN r.state"
					 " WHEN $3 OR r.lease_until OPERATOR(pg_catalog.=) r.claimed_at THEN 'ended' ELSE 'waiting' END" OF_JOB,
					 run_table_name(&pause->tables));
}

static uint64
execute(const Pause *pause, PlanBuilder builder, Oid table, Datum argument)
{
	Statement	plan = {builder, NULL, RelationGetRelid(pause->jobs), table, pause, PLAN_ROW_BY_ROW};
	Datum		values[] = {PointerGetDatum(pause->id), TimestampTzGetDatum(pause->now), argument};

	return plan_execute(&plan, values, NULL, false);
}

/* Changes the job's run; false if it has none. */
static bool
change_run(Pause *pause, PlanBuilder builder, Datum argument)
{
	bool		isnull;

	if (execute(pause, builder, pause->tables.runs, argument) == 0)
		return false;
	pause->state = plan_value(0, 1, &isnull);
	return true;
}

/*
 * The job is locked first, and then the run gets its time and its token, so
 * that it is later than all runs before it.  Returns false if the job has been
 * started, or claimed, or is over.
 */
static bool
pause_unclaimed(Pause *pause)
{
	if (execute(pause, build_lock_unstarted, RelationGetRelid(pause->jobs), (Datum) 0) == 0)
		return false;
	pause->now = GetCurrentTimestamp();
	return change_run(pause, build_pause_unclaimed, PointerGetDatum(run_new_token()));
}

/* Error: 55000. */
static void
nobody_to_ask(const Pause *pause)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("cannot pause job \"%s\": it has no run", id_shown(pause->id)),
			 errdetail("It was started by batch_job.start() or by hand, so no worker asks whether to pause."),
			 errtable(pause->jobs)));
}

/* A job that is being claimed at this moment is found on the second attempt. */
static void
pause_job(Pause *pause)
{
	for (int attempt = 1; attempt <= 2; attempt++)
	{
		RunJob		job = run_job_need_open(pause->jobs, pause->id, "pause");

		if (change_run(pause, build_pause, (Datum) 0))
			return;
		if (job.status != JOB_STATUS_PROCESSING && pause_unclaimed(pause))
			return;
	}
	run_check_seen(&pause->tables, pause->id);
	nobody_to_ask(pause);
}

static void
resume_job(Pause *pause)
{
	RunJob		job = run_job_need_open(pause->jobs, pause->id, "resume");

	if (!change_run(pause, build_resume, BoolGetDatum(job.status == JOB_STATUS_PRE_PROCESSED)))
		run_check_seen(&pause->tables, pause->id);
}

static Datum
call(FunctionCallInfo fcinfo, void (*change) (Pause *))
{
	Pause		pause = {NULL};

	check_not_null(fcinfo, 0, "id");
	pause.id = PG_GETARG_TEXT_PP(0);
	pause.jobs = job_table_open_argument(fcinfo, 1, RowExclusiveLock);
	run_tables_lock(pause.jobs, RowExclusiveLock, &pause.tables);
	pause.now = GetCurrentTimestamp();
	SPI_connect();
	change(&pause);
	SPI_finish();
	table_close(pause.jobs, NoLock);
	if (pause.state == (Datum) 0)
		PG_RETURN_NULL();
	return pause.state;			/* an enum is passed by value */
}

/*
 * pause(id text, job_table regclass) returns batch_job.run_state
 *
 * Asks the worker of a job to stop, by the answer to its next heartbeat; a
 * waiting job is paused at once.  Returns running or paused.
 *
 * Errors: 22004, P0002 no such job or deleted, 55000 it is over, is being
 * processed without a run, or the table has no runs; 40001, 42501, those of
 * job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_pause);
Datum
batch_job_pause(PG_FUNCTION_ARGS)
{
	return call(fcinfo, pause_job);
}

/*
 * resume(id text, job_table regclass) returns batch_job.run_state
 *
 * Resumes a paused job, and withdraws the request if its worker has not paused
 * yet.  Returns the state of its run afterwards, NULL if it has none;
 * repeating the call changes nothing.  Errors: see pause.
 */
PG_FUNCTION_INFO_V1(batch_job_resume);
Datum
batch_job_resume(PG_FUNCTION_ARGS)
{
	return call(fcinfo, resume_job);
}
