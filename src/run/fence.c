/*
 * fence.c
 *	  Fencing: a worker calls functions on its job with its run as the fencing
 *	  token; a worker that has lost the run is rejected.
 *
 * The run is locked before the job is changed.  While it is running and
 * locked, nobody can give the job to another worker; if it is over, the worker
 * has lost the job, whatever it believes.
 *
 * A run is found by its key, and its state is checked on that row: no partial
 * index matches an expression with IS TRUE, so no plan reads all running runs
 * instead.
 */
#include "run/fence.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "base/plan.h"
#include "id/id.h"
#include "job/job_table.h"
#include "run/queue_columns.h"

/* A worker calls with a run that it has lost. */
#define ERRCODE_BATCH_JOB_RUN_IS_OVER	MAKE_SQLSTATE('B', 'J', '0', '0', '2')

#define ROW_COLUMNS \
	"attempt, worker, type, items_done, items_total, state, outcome, ended_at, retry_at," \
	" pause_requested_at IS NOT NULL"
#define THIS_RUN \
	"job_id OPERATOR(pg_catalog.=) $1 AND run OPERATOR(pg_catalog.=) $2"
#define IS_RUNNING \
	"(state OPERATOR(pg_catalog.=) 'running') IS TRUE"

/* Every statement in this file has the job's id as $1; most have the run as $2. */
#define MAX_VALUES	8

static Datum
spi_value(int column, Datum if_null)
{
	bool		isnull;
	Datum		value = plan_value(0, column, &isnull);

	return isnull ? if_null : value;
}

static char *
spi_string(int column)
{
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);
}

/* Reads ROW_COLUMNS. */
static void
read_row(Run *run)
{
	run->attempt = DatumGetInt16(spi_value(1, (Datum) 0));
	run->worker = (text *) DatumGetPointer(spi_value(2, (Datum) 0));
	run->type = (text *) DatumGetPointer(spi_value(3, (Datum) 0));
	run->items_done = DatumGetInt64(spi_value(4, Int64GetDatum(ITEMS_UNKNOWN)));
	run->items_total = DatumGetInt64(spi_value(5, Int64GetDatum(ITEMS_UNKNOWN)));
	run->state = spi_string(6);
	run->outcome = spi_string(7);
	run->ended_at = spi_string(8);
	run->retry_at = DatumGetTimestampTz(spi_value(9, TimestampTzGetDatum(NO_RETRY)));
	run->is_to_pause = DatumGetBool(spi_value(10, (Datum) 0));
}

static void
build_hold(PlanText *stmt, const void *subject)
{
	const Run  *run = subject;

	plan_add_arg(stmt, TEXTOID);
	plan_add_arg(stmt, TEXTOID);
	appendStringInfo(&stmt->sql, "SELECT " ROW_COLUMNS " FROM %s WHERE " THIS_RUN " AND " IS_RUNNING
					 " FOR NO KEY UPDATE", run_table_name(&run->tables));
}

static void
append_end(PlanText *stmt, const Run *run, const char *priority)
{
	static const Oid types[MAX_VALUES] = {
		TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, JSONBOID, TIMESTAMPTZOID, JSONBOID
	};

	for (int i = 0; i < MAX_VALUES; i++)
		plan_add_arg(stmt, types[i]);
	appendStringInfo(&stmt->sql, "UPDATE %s r SET state = $3::batch_job.run_state,"
					 " outcome = $4::batch_job.run_outcome, ended_at = GREATEST($5, claimed_at),"
					 " error = $6, retry_at = $7, checkpoint = COALESCE($8, checkpoint)%s"
					 " WHERE " THIS_RUN " AND " IS_RUNNING " RETURNING " ROW_COLUMNS,
					 run_table_name(&run->tables), priority);
}

static void
build_end(PlanText *stmt, const void *subject)
{
	append_end(stmt, subject, "");
}

/*
 * Takes over the job's current priority, which may have been raised during the
 * run.  The job is found by the run's job_id instead of $1, because Citus
 * could not plan the latter once for all ids.
 */
static void
build_give_back(PlanText *stmt, const void *subject)
{
	const Run  *run = subject;

	append_end(stmt, run, psprintf(", priority = COALESCE((SELECT %s::pg_catalog.int8 FROM %s j"
								   " WHERE j.id OPERATOR(pg_catalog.=) r.job_id), r.priority)",
								   queue_priority(run->job_table),
								   job_relation_name(RelationGetRelid(run->job_table))));
}

static void
build_look(PlanText *stmt, const void *subject)
{
	const Run  *run = subject;

	plan_add_arg(stmt, TEXTOID);
	plan_add_arg(stmt, TEXTOID);
	appendStringInfo(&stmt->sql, "SELECT " ROW_COLUMNS " FROM %s WHERE " THIS_RUN,
					 run_table_name(&run->tables));
}

/* The job's run that has not ended: there is at most one. */
static void
build_look_for_open(PlanText *stmt, const void *subject)
{
	const RunTables *tables = subject;

	plan_add_arg(stmt, TEXTOID);
	appendStringInfo(&stmt->sql, "SELECT run, state, worker, claimed_at FROM %s"
					 " WHERE job_id OPERATOR(pg_catalog.=) $1 AND state OPERATOR(pg_catalog.<>) 'ended'",
					 run_table_name(tables));
}

typedef struct OpenRun
{
	const char *run;			/* NULL if none is open */
	const char *worker;			/* or NULL */
	const char *claimed_at;
	bool		is_running;
	const char *state;
} OpenRun;

static void
look_for_open(const RunTables *tables, const text *id, OpenRun *open)
{
	Statement	plan = {build_look_for_open, NULL, tables->runs, tables->runs, tables, PLAN_ROW_BY_ROW};
	Datum		values[] = {PointerGetDatum(id)};

	memset(open, 0, sizeof *open);
	if (plan_look(&plan, values, NULL) == 0)
		return;
	open->run = spi_string(1);
	open->state = spi_string(2);
	open->worker = spi_string(3);
	open->claimed_at = spi_string(4);
	open->is_running = strcmp(open->state, "running") == 0;
}

/* True if there is such a run, whatever its state. */
static bool
look(Run *run)
{
	Statement	plan = {build_look, NULL, run->tables.runs, run->tables.runs, run, PLAN_ROW_BY_ROW};
	Datum		values[] = {PointerGetDatum(run->id), PointerGetDatum(run->run)};

	if (plan_look(&plan, values, NULL) == 0)
		return false;
	read_row(run);
	return true;
}

static const char *
worker_shown(const char *worker)
{
	return worker != NULL ? psprintf("worker \"%s\"", worker) : "a worker without a name";
}

/* "It ended ... with the outcome lost.  Run ... of worker ... has the job now." */
static char *
how_it_ended(const Run *run, bool exists, const OpenRun *open)
{
	StringInfoData how;

	initStringInfo(&how);
	if (!exists)
		appendStringInfoString(&how, "The job has no such run.");
	else if (run->outcome != NULL)
		appendStringInfo(&how, "It ended at %s with the outcome %s.", run->ended_at, run->outcome);
	if (open->is_running)
		appendStringInfo(&how, "%sRun \"%s\" of %s has the job now.", how.len > 0 ? " " : "",
						 open->run, worker_shown(open->worker));
	return how.data;
}

/*
 * run_is_over
 *		Raises the error for a worker that has lost its job.  The caller is
 *		connected to SPI. Error: BJ002.
 */
pg_noreturn static void
run_is_over(Relation job_table, const text *id, const text *token)
{
	Run			run = {.job_table = job_table, .id = unconstify(text *, id), .run = unconstify(text *, token)};
	OpenRun		open;
	bool		exists;

	run_tables_need(job_table, &run.tables);
	exists = look(&run);
	look_for_open(&run.tables, id, &open);
	ereport(ERROR,
			(errcode(ERRCODE_BATCH_JOB_RUN_IS_OVER),
			 errmsg("run \"%s\" of job \"%s\" is over", id_shown(token), id_shown(id)),
			 errdetail("%s", how_it_ended(&run, exists, &open)),
			 errhint("Stop working on the job, and roll back what this transaction has done for it."),
			 errtable(job_table)));
}

/* Error: 40001. */
pg_noreturn static void
began_after(const text *id, const char *token)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("run \"%s\" of job \"%s\" began after this transaction", token, id_shown(id)),
			 errhint("Try again.")));
}

/*
 * The run is running, but the statement did not find it running.  Errors:
 * 40001 the transaction's snapshot is older than the run, 42501.
 */
pg_noreturn static void
cannot_change(const Run *run)
{
	if (IsolationUsesXactSnapshot())
		began_after(run->id, id_shown(run->run));
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("run \"%s\" of job \"%s\" was not changed", id_shown(run->run), id_shown(run->id)),
			 errdetail("A row-level security policy or a trigger of the table of runs kept it as it is.")));
}

/*
 * Releasing a job that was over has ended the run as canceled, so releasing it
 * again finds that outcome.
 */
static bool
is_said_again(const char *before, const char *now)
{
	return strcmp(before, now) == 0 || (strcmp(before, "canceled") == 0 && strcmp(now, "released") == 0);
}

/*
 * The run was not found running: raises an error unless it ended with this
 * outcome.
 */
static void
check_over_with(Run *run, const char *outcome)
{
	if (!look(run))
		run_is_over(run->job_table, run->id, run->run);
	if (run->outcome == NULL)
		cannot_change(run);
	if (outcome == NULL || !is_said_again(run->outcome, outcome))
		run_is_over(run->job_table, run->id, run->run);
}

/* The token of a new run. */
text *
run_new_token(void)
{
	return id_generate("run", strlen("run"));
}

/*
 * run_refuse
 *		Raises the error for a call with a run that was not found running.
 *		Errors: BJ002, 40001, 42501.
 */
void
run_refuse(Run *run)
{
	check_over_with(run, NULL);
	pg_unreachable();
}

/*
 * run_open
 *		Prepares a run for the calls below; locks the run table.  Errors: 55000
 *		the job table has no runs, 42P01.
 */
void
run_open(Run *run, Relation job_table, text *id, text *token)
{
	memset(run, 0, sizeof *run);
	run->job_table = job_table;
	run->id = id;
	run->run = token;
	run_tables_need(job_table, &run->tables);
	relation_close(job_table_lock(run->tables.runs, RowExclusiveLock), NoLock);
}

/*
 * run_hold
 *		Locks a run that is running, so that it cannot be lost before the
 *		transaction ends.  Returns false if it is already over with this
 *		outcome, that is, if the call is repeated.
 *
 * The caller is connected to SPI, as for run_end.  Errors: BJ002 it is over
 * with another outcome, or does not exist; 40001; 42501.
 */
bool
run_hold(Run *run, const char *outcome)
{
	Statement	plan = {build_hold, NULL, run->tables.runs, run->tables.runs, run, PLAN_ROW_BY_ROW};
	Datum		values[] = {PointerGetDatum(run->id), PointerGetDatum(run->run)};

	if (plan_execute(&plan, values, NULL, false) == 1)
	{
		read_row(run);
		return true;
	}
	check_over_with(run, outcome);
	return false;
}

/*
 * run_end
 *		Ends a run.  Returns false if it is already over with this outcome.  A
 *		call that ends the run for good does not repeat one that asked for
 *		another attempt.  Errors: see run_hold.
 */
bool
run_end(Run *run, const RunEnd *end)
{
	Statement	plan = {end->retry_at == NO_RETRY ? build_end : build_give_back, NULL,
		run->tables.runs, run->tables.runs, run, PLAN_ROW_BY_ROW};
	Datum		values[MAX_VALUES] = {
		PointerGetDatum(run->id), PointerGetDatum(run->run),
		CStringGetTextDatum(end->state), CStringGetTextDatum(end->outcome),
		TimestampTzGetDatum(GetCurrentTimestamp()), end->error,
		TimestampTzGetDatum(end->retry_at), end->checkpoint
	};
	char		nulls[MAX_VALUES + 1] = "        ";

	nulls[5] = end->error == (Datum) 0 ? 'n' : ' ';
	nulls[6] = end->retry_at == NO_RETRY ? 'n' : ' ';
	nulls[7] = end->checkpoint == (Datum) 0 ? 'n' : ' ';
	if (plan_execute(&plan, values, nulls, false) == 1)
	{
		read_row(run);
		return true;
	}
	check_over_with(run, end->outcome);
	if (end->retry_at == NO_RETRY && run->retry_at != NO_RETRY)
		run_is_over(run->job_table, run->id, run->run);
	return false;
}

/* items_done / items_total as a number from 0 to 1 */
static char *
quotient(int64 done, int64 total)
{
	Datum		quotient = DirectFunctionCall2(numeric_div, NumericGetDatum(int64_to_numeric(Min(done, total))),
											   NumericGetDatum(int64_to_numeric(total)));

	return DatumGetCString(DirectFunctionCall1(numeric_out, DirectFunctionCall1(numeric_trim_scale, quotient)));
}

/*
 * The progress for a result, as jsonb, as far as the run knows it; 0 if it
 * knows nothing.
 */
Datum
run_progress(const Run *run)
{
	bool		done = run->items_done != ITEMS_UNKNOWN;
	bool		total = run->items_total != ITEMS_UNKNOWN;
	StringInfoData json;

	if (!done && !total)
		return (Datum) 0;
	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	if (done)
		appendStringInfo(&json, "\"advancement_count\": " INT64_FORMAT, run->items_done);
	if (total)
		appendStringInfo(&json, "%s\"count\": " INT64_FORMAT, done ? ", " : "", run->items_total);
	if (done && run->items_total > 0)
		appendStringInfo(&json, ", \"progress\": %s", quotient(run->items_done, run->items_total));
	appendStringInfoChar(&json, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

/*
 * The worker's part of an event's detail: {"run": ..., "attempt": ...,
 * "worker": ...}, as jsonb.
 */
Datum
run_event_detail(const text *token, int16 attempt, const text *worker)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoString(&json, "{\"run\": ");
	escape_json(&json, text_to_cstring(token));
	appendStringInfo(&json, ", \"attempt\": %d, \"worker\": ", attempt);
	if (worker != NULL)
		escape_json(&json, text_to_cstring(worker));
	else
		appendStringInfoString(&json, "null");
	appendStringInfoChar(&json, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

static void
is_being_worked_on(Relation job_table, const text *id, const OpenRun *open)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("job \"%s\" is being worked on by run \"%s\"", id_shown(id), open->run),
			 errdetail("It has been with %s since %s.", worker_shown(open->worker), open->claimed_at),
			 errhint("A worker must pass its run in the call; anybody can cancel the job."),
			 errtable(job_table)));
}

static void
is_to_go_on(Relation job_table, const text *id, const OpenRun *open)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("job \"%s\" has a run that is %s", id_shown(id), open->state),
			 errhint("A worker gets the job from batch_job.claim(); batch_job.resume() ends a pause."),
			 errtable(job_table)));
}

static void
look_for_open_in(const RunTables *tables, const text *id, OpenRun *open)
{
	relation_close(job_table_lock(tables->runs, AccessShareLock), NoLock);
	look_for_open(tables, id, open);
}

/*
 * run_check_none_running
 *		For callers that change a job without being its worker.  To be called
 *		when the job is locked: a claim locks the job too, so none can come in
 *		between.  Errors: 55000 a run of it is running, 42P01.
 */
void
run_check_none_running(Relation job_table, const RunTables *tables, text *id)
{
	OpenRun		open;

	look_for_open_in(tables, id, &open);
	if (open.is_running)
		is_being_worked_on(job_table, id, &open);
}

/*
 * The same for callers that start or reopen the job: no run may be waiting or
 * paused either.
 */
void
run_check_none_open(Relation job_table, const RunTables *tables, text *id)
{
	OpenRun		open;

	look_for_open_in(tables, id, &open);
	if (open.is_running)
		is_being_worked_on(job_table, id, &open);
	if (open.run != NULL)
		is_to_go_on(job_table, id, &open);
}

/*
 * run_check_seen
 *		For callers whose statement has found no open run of the job.  Error:
 *		40001 there is one, but the transaction's snapshot is older.
 */
void
run_check_seen(const RunTables *tables, const text *id)
{
	OpenRun		open;

	if (!IsolationUsesXactSnapshot())
		return;
	look_for_open(tables, id, &open);
	if (open.run != NULL)
		began_after(id, open.run);
}

/*
 * The row lock is taken first, so that the UPDATE never waits: see
 * run_cancel_waiting.
 */
static void
build_cancel_waiting(PlanText *stmt, const void *subject)
{
	const RunTables *tables = subject;
	const char *table = run_table_name(tables);

	plan_add_arg(stmt, TEXTOID);
	appendStringInfo(&stmt->sql, "WITH open AS MATERIALIZED (SELECT run FROM %s"
					 " WHERE job_id OPERATOR(pg_catalog.=) $1 AND (state OPERATOR(pg_catalog.=)"
					 " ANY ('{waiting, paused}'::batch_job.run_state[])) IS TRUE FOR NO KEY UPDATE SKIP LOCKED)"
					 " UPDATE %s job_run SET state = 'ended', outcome = 'canceled', retry_at = NULL FROM open"
					 " WHERE job_run.job_id OPERATOR(pg_catalog.=) $1 AND job_run.run OPERATOR(pg_catalog.=) open.run",
					 table, table);
}

/*
 * run_cancel_waiting
 *		Ends the job's waiting or paused run, if it has one, as canceled.  The
 *		caller has locked the job.  Going from a job to its run is against the
 *		lock order, so a locked run is skipped: whoever holds it may want to
 *		lock the job next.
 */
void
run_cancel_waiting(Relation job_table, const RunTables *tables, text *id)
{
	Statement	plan = {build_cancel_waiting, NULL, tables->runs, tables->runs, tables, PLAN_ROW_BY_ROW};
	Datum		values[] = {PointerGetDatum(id)};

	relation_close(job_table_lock(tables->runs, RowExclusiveLock), NoLock);
	plan_execute(&plan, values, NULL, false);
}
