/*
 * give_back.c
 *	  retry, release: a worker gives its job back, for another run.
 */
#include "base/batch_job.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "base/argument.h"
#include "job/job_table.h"
#include "run/fence.h"
#include "run/run_job.h"
#include "run/timing.h"
#include "run/type_settings.h"

/*
 * Begins a worker's call: the job is argument 0, the run argument 1.  Errors:
 * 22004, 55000.
 */
static void
open_call(Run *run, FunctionCallInfo fcinfo, int table_argument)
{
	Relation	job_table;
	RunTables	tables;

	check_not_null(fcinfo, 0, "id");
	check_not_null(fcinfo, 1, "run");
	job_table = job_table_open_argument(fcinfo, table_argument, RowExclusiveLock);
	run_tables_lock(job_table, RowExclusiveLock, &tables);
	SPI_connect();
	run_open(run, job_table, PG_GETARG_TEXT_PP(0), PG_GETARG_TEXT_PP(1));
}

static void
close_call(const Run *run)
{
	SPI_finish();
	table_close(run->job_table, NoLock);
}

/*
 * When the job may be claimed again: after the given delay, or the one of its
 * type.
 */
static TimestampTz
retry_time(const Run *run, const TypeSettings *settings, const Interval *delay)
{
	TimestampTz now = GetCurrentTimestamp();

	return delay != NULL ? timing_after(now, delay) : timing_retry(now, settings, run->attempt);
}

/*
 * How to end a run whose attempt has failed.  A deleted job cannot fail; it
 * waits to be restored.  A requested pause takes effect.
 */
static RunEnd
end_of_attempt(const Run *run, const RunJob *job, Datum error, const Interval *delay)
{
	TypeSettings *settings = type_settings_read_one(&run->tables, run->type);
	RunEnd		end = {.state = "ended", .outcome = "failed", .error = error, .retry_at = NO_RETRY};

	if (job->is_open && (job->is_deleted || run->attempt < type_max_attempts(settings)))
	{
		end.state = run->is_to_pause ? "paused" : "waiting";
		end.retry_at = retry_time(run, settings, delay);
	}
	return end;
}

/* Returns when the job may be claimed again, or NO_RETRY. */
static TimestampTz
retry(Run *run, Datum error, const Interval *delay)
{
	RunJob		job;
	RunEnd		end;

	if (!run_hold(run, "failed"))	/* a repeated call */
		return run->retry_at;
	job = run_job_look(run->job_table, run->id);
	end = end_of_attempt(run, &job, error, delay);
	(void) run_end(run, &end);
	if (end.retry_at == NO_RETRY && job.is_open)
		run_job_fail(run, error);
	return end.retry_at;
}

static Datum
call_retry(FunctionCallInfo fcinfo, Datum error)
{
	Run			run;
	TimestampTz retry_at;

	timing_check_delay(fcinfo, 3);
	open_call(&run, fcinfo, 4);
	retry_at = retry(&run, error, PG_ARGISNULL(3) ? NULL : PG_GETARG_INTERVAL_P(3));
	close_call(&run);
	if (retry_at == NO_RETRY)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(retry_at);
}

/*
 * retry(id text, run text, error jsonb, delay interval, job_table regclass)
 * returns timestamptz
 *
 * The attempt has failed, and the job waits for the next one: until the
 * returned time or, if a pause was requested, until it is resumed.  NULL means
 * that there is no next attempt, because the job has failed, with the errors
 * of all attempts in its result, or because it is over anyway.
 *
 * Errors: 22004, 22023 arguments, BJ002 the run is over, 55000 the table has
 * no runs, 40001, 42501, those of job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_retry);
Datum
batch_job_retry(PG_FUNCTION_ARGS)
{
	return call_retry(fcinfo, PG_ARGISNULL(2) ? (Datum) 0 : PG_GETARG_DATUM(2));
}

/*
 * retry(id text, run text, error text, delay interval, job_table regclass):
 * makes a JSON string of the error.
 */
PG_FUNCTION_INFO_V1(batch_job_retry_text);
Datum
batch_job_retry_text(PG_FUNCTION_ARGS)
{
	return call_retry(fcinfo, PG_ARGISNULL(2) ? (Datum) 0 : text_as_json(PG_GETARG_TEXT_PP(2)));
}

/* How to end a run that is released; a deleted job waits to be restored. */
static RunEnd
end_of_release(const Run *run, const RunJob *job, const Interval *delay, Datum checkpoint)
{
	TimestampTz now = GetCurrentTimestamp();
	RunEnd		end = {.state = "waiting", .outcome = "released", .retry_at = now, .checkpoint = checkpoint};

	if (!job->is_there || !job->is_open)
	{
		end.state = "ended";
		end.outcome = "canceled";
		end.retry_at = NO_RETRY;
	}
	else if (run->is_to_pause)
		end.state = "paused";
	else if (delay != NULL)
		end.retry_at = timing_after(now, delay);
	return end;
}

/* Returns the state of the run. */
static const char *
release(Run *run, const Interval *delay, Datum checkpoint)
{
	RunJob		job;
	RunEnd		end;

	if (!run_hold(run, "released"))
		return run->state;
	job = run_job_look(run->job_table, run->id);
	end = end_of_release(run, &job, delay, checkpoint);
	(void) run_end(run, &end);
	return end.state;
}

/*
 * release(id text, run text, delay interval, checkpoint jsonb,
 *		job_table regclass) returns batch_job.run_state
 *
 * Gives a job back without counting the attempt: it waits for another run, or
 * is paused if that was requested; if the job is over, the run ends.
 *
 * Errors: 22004, 22023 arguments, BJ002 the run is over, 55000 the table has
 * no runs, 40001, 42501, those of job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_release);
Datum
batch_job_release(PG_FUNCTION_ARGS)
{
	Run			run;
	const char *state;
	Oid			type = get_func_rettype(fcinfo->flinfo->fn_oid);

	timing_check_delay(fcinfo, 2);
	open_call(&run, fcinfo, 4);
	state = release(&run, PG_ARGISNULL(2) ? NULL : PG_GETARG_INTERVAL_P(2),
					PG_ARGISNULL(3) ? (Datum) 0 : PG_GETARG_DATUM(3));
	state = MemoryContextStrdup(fcinfo->flinfo->fn_mcxt, state);
	close_call(&run);
	return DirectFunctionCall2(enum_in, CStringGetDatum(state), ObjectIdGetDatum(type));
}
