/*
 * rescue.c
 *	  rescue: finds runs whose workers are lost, and decides what happens to
 *	  their jobs.
 *
 * An expired lease only means that nobody has renewed it: the database may
 * have been down, or the clock may have jumped forward.  So a run is checked
 * twice.  The first check marks it as suspect; it is lost if the worker still
 * has not sent a heartbeat when the length of its lease has passed once more.
 *
 * Claims and heartbeats run these checks now and then, each session on its
 * own, at times that do not coincide.
 */
#include "run/rescue.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/pg_prng.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/resowner.h"
#include "utils/rls.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "base/argument.h"
#include "base/plan.h"
#include "id/id.h"
#include "job/columns.h"
#include "job/job_table.h"
#include "run/fence.h"
#include "run/run_job.h"
#include "run/timing.h"
#include "run/type_settings.h"

/* The most runs that a claim or heartbeat checks at a time. */
#define RUNS_A_LOOK		100

/* A session with work runs the checks this often, give or take a half. */
#define LOOK_INTERVAL	(10 * USECS_PER_SEC)

/* A session that has found no work runs them at most this often. */
#define IDLE_INTERVAL	USECS_PER_SEC

typedef struct Rescue
{
	Relation	job_table;
	RunTables	tables;
	TimestampTz now;
	int64		max;
	ReturnSetInfo *result;		/* NULL if no result is wanted */
} Rescue;

#define IS_OVERDUE \
	"r.state OPERATOR(pg_catalog.=) 'running'::batch_job.run_state AND r.lease_until OPERATOR(pg_catalog.<) $1"

static void
add_args(PlanText *stmt)
{
	plan_add_arg(stmt, TIMESTAMPTZOID);
	plan_add_arg(stmt, INT8OID);
}

/*
 * " WHERE ...": the runs that a common table expression has found.  They are
 * matched by arrays, and below by a subquery for each run, because joins
 * planned for few rows would read all of them.
 */
#define OF_RUNS(found) \
	" WHERE r.job_id OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT job_id FROM " found "))" \
	" AND (r.run OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT run FROM " found "))) IS TRUE"

/*
 * The first check; also for suspects whose mark is in the future since the
 * clock has gone back.
 */
static void
build_suspect(PlanText *stmt, const void *subject)
{
	const Rescue *rescue = subject;
	const char *runs = run_table_name(&rescue->tables);

	add_args(stmt);
	appendStringInfo(&stmt->sql, "WITH overdue AS MATERIALIZED (SELECT r.job_id, r.run FROM %s r WHERE " IS_OVERDUE
					 " AND (r.suspect_at IS NULL OR r.suspect_at OPERATOR(pg_catalog.>) $1)"
					 " LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)"
					 " UPDATE %s r SET suspect_at = $1" OF_RUNS("overdue"),
					 runs, runs);
}

/*
 * The second check, for which runs of jobs that are over need not wait.  Finds
 * only jobs that are visible to the caller.
 */
static void
build_find_lost(PlanText *stmt, const void *subject)
{
	const Rescue *rescue = subject;

	add_args(stmt);
	appendStringInfo(&stmt->sql, "SELECT r.job_id, r.run, r.heartbeat_at, j.deleted_at IS NOT NULL, ");
	job_append_row_of(&stmt->sql, "j.");
	appendStringInfo(&stmt->sql, " FROM %s r CROSS JOIN LATERAL (SELECT * FROM %s job WHERE job.id OPERATOR(pg_catalog.=) r.job_id"
					 " AND (r.suspect_at OPERATOR(pg_catalog.+) (r.lease_until OPERATOR(pg_catalog.-) r.heartbeat_at)"
					 " OPERATOR(pg_catalog.<=) $1 OR job.status OPERATOR(pg_catalog.>=) 'completed'::batch_job.status)"
					 " FOR NO KEY UPDATE SKIP LOCKED) j WHERE " IS_OVERDUE " LIMIT $2 FOR NO KEY UPDATE OF r SKIP LOCKED",
					 run_table_name(&rescue->tables),
					 job_relation_name(RelationGetRelid(rescue->job_table)));
}

/*
 * Ends runs that are waiting, paused, or lost, and whose job is over, or gone
 * as after TRUNCATE, which fires no trigger of ours.
 */
static void
build_end_idle(PlanText *stmt, const void *subject)
{
	const Rescue *rescue = subject;
	const char *runs = run_table_name(&rescue->tables);

	add_args(stmt);
	appendStringInfo(&stmt->sql, "WITH idle AS MATERIALIZED (SELECT r.job_id, r.run FROM %s r"
					 " WHERE r.state OPERATOR(pg_catalog.<>) 'ended'::batch_job.run_state"
					 " AND (r.state OPERATOR(pg_catalog.<>) 'running'::batch_job.run_state"
					 " OR r.lease_until OPERATOR(pg_catalog.<) $1)"
					 " AND NOT EXISTS (SELECT FROM %s j WHERE j.id OPERATOR(pg_catalog.=) r.job_id"
					 " AND j.status OPERATOR(pg_catalog.<) 'completed'::batch_job.status OFFSET 0)"
					 " LIMIT $2 FOR NO KEY UPDATE OF r SKIP LOCKED)"
					 " UPDATE %s r SET state = 'ended', outcome = 'canceled', ended_at = COALESCE(r.ended_at, $1),"
					 " retry_at = NULL" OF_RUNS("idle") " RETURNING r.job_id, r.run, r.attempt, r.worker",
					 runs, job_relation_name(RelationGetRelid(rescue->job_table)), runs);
}

static uint64
execute(const Rescue *rescue, PlanBuilder builder)
{
	Statement	plan = {builder, NULL, RelationGetRelid(rescue->job_table), rescue->tables.runs, rescue, PLAN_ROW_BY_ROW};
	Datum		values[] = {TimestampTzGetDatum(rescue->now), Int64GetDatum(rescue->max)};

	return plan_execute(&plan, values, NULL, false);
}

static Datum
value_at(const SPITupleTable *table, uint64 row, int column, bool *isnull)
{
	return SPI_getbinval(table->vals[row], table->tupdesc, column, isnull);
}

/* For people and, by its code, for programs. */
static Datum
lost_error(const Run *run, TimestampTz heartbeat_at)
{
	StringInfoData json;
	const char *who = run->worker != NULL ? psprintf("worker \"%s\"", text_to_cstring(run->worker)) : "the worker";

	initStringInfo(&json);
	appendStringInfoString(&json, "{\"code\": \"worker_lost\", \"message\": ");
	escape_json(&json, psprintf("%s was lost in attempt %d: last heard at %s", who, run->attempt,
								timestamptz_to_str(heartbeat_at)));
	appendStringInfo(&json, ", \"attempt\": %d, \"run\": ", run->attempt);
	escape_json(&json, text_to_cstring(run->run));
	appendStringInfoChar(&json, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

static void
tell(const Rescue *rescue, const Run *run, const RunEnd *end)
{
	Oid			state_type;
	Datum		values[6];
	bool		nulls[6] = {false};

	if (rescue->result == NULL)
		return;
	state_type = TupleDescAttr(rescue->result->setDesc, 4)->atttypid;
	values[0] = PointerGetDatum(run->id);
	values[1] = PointerGetDatum(run->run);
	values[2] = Int16GetDatum(run->attempt);
	values[3] = PointerGetDatum(run->worker);
	nulls[3] = run->worker == NULL;
	values[4] = DirectFunctionCall2(enum_in, CStringGetDatum(end->state), ObjectIdGetDatum(state_type));
	values[5] = TimestampTzGetDatum(end->retry_at);
	nulls[5] = end->retry_at == NO_RETRY;
	tuplestore_putvalues(rescue->result->setResult, rescue->result->setDesc, values, nulls);
}

/* The worker is lost, but the job continues if it has an attempt left. */
static RunEnd
next_attempt(const Rescue *rescue, const Run *run, Datum error)
{
	TypeSettings *settings = type_settings_read_one(&rescue->tables, run->type);
	RunEnd		end = {.state = "ended", .outcome = "lost", .error = error, .retry_at = NO_RETRY};

	if (run->attempt < type_max_attempts(settings))
	{
		end.state = run->is_to_pause ? "paused" : "waiting";
		end.retry_at = timing_retry(rescue->now, settings, run->attempt);
	}
	return end;
}

/* Ends a lost run, which is locked together with its job. */
static void
end_lost(const Rescue *rescue, const SPITupleTable *table, uint64 row)
{
	bool		isnull;
	Run			run;
	RunEnd		end = {.state = "ended", .outcome = "canceled", .retry_at = NO_RETRY};
	bool		is_open = job_row_status(value_at(table, row, 5, &isnull)) < JOB_STATUS_COMPLETED;
	bool		is_deleted = DatumGetBool(value_at(table, row, 4, &isnull));

	run_open(&run, rescue->job_table, DatumGetTextPP(value_at(table, row, 1, &isnull)),
			 DatumGetTextPP(value_at(table, row, 2, &isnull)));
	(void) run_hold(&run, NULL);
	if (is_open && is_deleted)	/* it waits until the job is restored */
		end = (RunEnd) {run.is_to_pause ? "paused" : "waiting", "released", .retry_at = rescue->now};
	else if (is_open)
		end = next_attempt(rescue, &run, lost_error(&run, DatumGetTimestampTz(value_at(table, row, 3, &isnull))));
	(void) run_end(&run, &end);
	if (is_open && !is_deleted && end.retry_at == NO_RETRY)
		run_job_fail(&run, end.error);
	tell(rescue, &run, &end);
}

/* An error that concerns the session or the machine instead of this one job. */
static bool
concerns_all(int sqlerrcode)
{
	int			category = ERRCODE_TO_CATEGORY(sqlerrcode);

	return category == ERRCODE_OPERATOR_INTERVENTION || category == ERRCODE_TRANSACTION_ROLLBACK ||
		category == ERRCODE_INSUFFICIENT_RESOURCES || category == ERRCODE_INTERNAL_ERROR;
}

static void
warn(const Rescue *rescue, const SPITupleTable *table, uint64 row, const ErrorData *error)
{
	bool		isnull;

	ereport(WARNING,
			(errcode(error->sqlerrcode),
			 errmsg("could not rescue job \"%s\": %s",
					id_shown(DatumGetTextPP(value_at(table, row, 1, &isnull))), error->message),
			 errtable(rescue->job_table)));
}

/*
 * A job that cannot be changed, because of a trigger or a policy, must not
 * make the claims and heartbeats of others fail.
 */
static void
try_to_end_lost(const Rescue *rescue, const SPITupleTable *table, uint64 row)
{
	MemoryContext memory = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(memory);
	PG_TRY();
	{
		end_lost(rescue, table, row);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(memory);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(memory);
		CurrentResourceOwner = owner;
		if (concerns_all(error->sqlerrcode))
			ReThrowError(error);
		warn(rescue, table, row, error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(memory);
	CurrentResourceOwner = owner;
}

static void
end_lost_runs(const Rescue *rescue)
{
	uint64		rows = execute(rescue, build_find_lost);
	SPITupleTable *table = SPI_tuptable;

	for (uint64 row = 0; row < rows; row++)
		try_to_end_lost(rescue, table, row);
	SPI_freetuptable(table);
}

/* With row-level security, a job may be invisible to the caller instead of gone. */
static void
end_idle_runs(const Rescue *rescue)
{
	uint64		rows;
	RunEnd		end = {.state = "ended", .retry_at = NO_RETRY};

	if (check_enable_rls(RelationGetRelid(rescue->job_table), InvalidOid, true) == RLS_ENABLED)
		return;
	rows = execute(rescue, build_end_idle);
	for (uint64 row = 0; row < rows; row++)
	{
		bool		isnull;
		Run			run = {.job_table = rescue->job_table};

		run.id = DatumGetTextPP(value_at(SPI_tuptable, row, 1, &isnull));
		run.run = DatumGetTextPP(value_at(SPI_tuptable, row, 2, &isnull));
		run.attempt = DatumGetInt16(value_at(SPI_tuptable, row, 3, &isnull));
		run.worker = (text *) DatumGetPointer(value_at(SPI_tuptable, row, 4, &isnull));
		tell(rescue, &run, &end);
	}
}

/* When this session next checks the runs of a table. */
typedef struct NextLook
{
	Oid			table;
	TimestampTz last;
	TimestampTz next;
} NextLook;

/* For as many tables as one session works on in turn. */
static NextLook next_looks[8];
static int	next_forgotten = 0;

static TimestampTz
some_time_after(TimestampTz now, double from, double to)
{
	return now + (TimestampTz) (LOOK_INTERVAL * (from + (to - from) * pg_prng_double(&pg_global_prng_state)));
}

static NextLook *
next_look_at(Oid table, TimestampTz now)
{
	NextLook   *look;

	for (int i = 0; i < (int) lengthof(next_looks); i++)
		if (next_looks[i].table == table && next_looks[i].last <= now)	/* else the clock went back */
			return &next_looks[i];
	look = &next_looks[next_forgotten];
	next_forgotten = (next_forgotten + 1) % (int) lengthof(next_looks);
	*look = (NextLook) {table, now - IDLE_INTERVAL, some_time_after(now, 0, 1)};
	return look;
}

static bool
is_due(Oid table, TimestampTz now, bool idle)
{
	NextLook   *look = next_look_at(table, now);

	if (now < (idle ? look->last + IDLE_INTERVAL : look->next))
		return false;
	look->last = now;
	look->next = some_time_after(now, 0.5, 1.5);
	return true;
}

/*
 * rescue_if_due
 *		Checks for lost runs if this session has not done so for a while.  An
 *		idle session, which has found no job, may do it more often.  The caller
 *		is connected to SPI and has locked the tables.
 */
void
rescue_if_due(Relation job_table, const RunTables *tables, TimestampTz now, bool idle)
{
	Rescue		rescue = {job_table, *tables, now, RUNS_A_LOOK};

	if (!is_due(RelationGetRelid(job_table), now, idle))
		return;
	end_lost_runs(&rescue);
	execute(&rescue, build_suspect);
}

/*
 * rescue(max integer, job_table regclass)
 * returns setof (id, run, attempt, worker, state, retry_at)
 *
 * Checks runs whose lease has expired, at most max of each kind: new ones
 * become suspects, old suspects are lost.  Their jobs wait for another
 * attempt, or fail if none is left.  Runs of jobs that are over or gone end as
 * well.  Returns the runs that ended.  Skips those that others have locked.
 *
 * Errors: 22004, 22023 max, 55000 the table has no runs, 25006 read-only,
 * 42501, those of job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_rescue);
Datum
batch_job_rescue(PG_FUNCTION_ARGS)
{
	Rescue		rescue = {0};

	PreventCommandIfReadOnly("batch_job.rescue()");
	check_not_null(fcinfo, 0, "max");
	if (PG_GETARG_INT32(0) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max must be at least 1")));
	rescue.max = PG_GETARG_INT32(0);
	rescue.job_table = job_table_open_argument(fcinfo, 1, RowExclusiveLock);
	run_tables_lock(rescue.job_table, RowExclusiveLock, &rescue.tables);
	rescue.now = GetCurrentTimestamp();

	InitMaterializedSRF(fcinfo, 0);
	rescue.result = (ReturnSetInfo *) fcinfo->resultinfo;
	SPI_connect();
	end_lost_runs(&rescue);
	end_idle_runs(&rescue);
	execute(&rescue, build_suspect);
	SPI_finish();
	table_close(rescue.job_table, NoLock);
	return (Datum) 0;
}
