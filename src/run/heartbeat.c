/*
 * heartbeat.c
 *	  heartbeat: a worker reports that it is alive, and asks what to do.
 *
 * It changes no indexed column, so the row stays on its page (HOT) and a
 * heartbeat writes little, however large the job is.
 */
#include "base/batch_job.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

#include "base/argument.h"
#include "base/plan.h"
#include "job/columns.h"
#include "job/job_table.h"
#include "run/fence.h"
#include "run/rescue.h"
#include "run/timing.h"

/* The two tables of a statement, and its time. */
typedef struct Heartbeat
{
	Relation	jobs;
	RunTables	tables;
	TimestampTz now;
} Heartbeat;

/* $1 is the time, $2 the lease, or NULL for one as long as the last. */
#define RENEW \
	"heartbeat_at = $1, suspect_at = NULL," \
	" lease_until = $1 OPERATOR(pg_catalog.+) COALESCE($2, r.lease_until OPERATOR(pg_catalog.-) r.heartbeat_at)"

/*
 * "is a pause requested, is the job still to be worked on": the latter is NULL
 * if it is gone
 */
static void
append_answer(StringInfo sql, const Heartbeat *beat)
{
	appendStringInfoString(sql, "r.pause_requested_at IS NOT NULL, (SELECT ");
	job_append_derived_status(sql);
	appendStringInfo(sql, " OPERATOR(pg_catalog.<) 'completed'::batch_job.status FROM %s j"
					 " WHERE j.id OPERATOR(pg_catalog.=) r.job_id AND j.deleted_at IS NULL)",
					 job_relation_name(RelationGetRelid(beat->jobs)));
}

static const char *
directive(bool pause, bool open)
{
	return !open ? "cancel" : pause ? "pause" : "continue";
}

/* The answer whose first column this is. */
static const char *
directive_at(uint64 row, int column)
{
	bool		isnull;
	bool		pause = DatumGetBool(plan_value(row, column, &isnull));
	bool		open = DatumGetBool(plan_value(row, column + 1, &isnull));

	return directive(pause, open && !isnull);
}

static Datum
directive_value(const char *label, Oid type)
{
	return DirectFunctionCall2(enum_in, CStringGetDatum(label), ObjectIdGetDatum(type));
}

static void
beat_begin(Heartbeat *beat, FunctionCallInfo fcinfo, int table_argument)
{
	beat->jobs = job_table_open_argument(fcinfo, table_argument, RowExclusiveLock);
	run_tables_lock(beat->jobs, RowExclusiveLock, &beat->tables);
	beat->now = GetCurrentTimestamp();
	SPI_connect();
}

/*
 * Not within a longer transaction, which the heartbeat belongs to: a rescue
 * would keep other runs locked until its end.
 */
static void
beat_end(const Heartbeat *beat)
{
	if (!IsTransactionBlock())
		rescue_if_due(beat->jobs, &beat->tables, beat->now, false);
	SPI_finish();
	table_close(beat->jobs, NoLock);
}

#define BEAT_ARGS	8

/*
 * The rate is measured between two reports: the first one with items done, and
 * a recent one; until there is a second one, from the claim to the first.
 * Time before the first report does not count, since the worker may have
 * loaded and counted its items then.  If items are done in bursts, each
 * silence after the first report is followed by a burst, so the mean is
 * right.  A new recent report is taken when an eighth of the measured time has
 * passed since the previous one, so that it is the first one after a silence
 * instead of one within a burst.  A worker that goes back to where it began
 * starts a new measurement.
 */
#define IS_SAME \
	"$5 OPERATOR(pg_catalog.=) r.items_done AND r.progress_at IS NOT NULL"
#define BEGINS \
	"($5 OPERATOR(pg_catalog.<) r.base_items" \
	" OR $5 OPERATOR(pg_catalog.=) r.base_items AND $5 OPERATOR(pg_catalog.<>) r.items_done)"
#define MEASURES \
	"$5 OPERATOR(pg_catalog.>) r.base_items AND (" IS_SAME ") IS NOT TRUE AND (r.rate_at IS NULL" \
	" OR ($1 OPERATOR(pg_catalog.-) r.rate_at) OPERATOR(pg_catalog.*) 8::pg_catalog.float8" \
	" OPERATOR(pg_catalog.>=) ($1 OPERATOR(pg_catalog.-) COALESCE(r.base_at, r.claimed_at)))"
#define MEASURES_AGAIN \
	MEASURES " AND r.base_at IS NULL AND r.rate_at IS NOT NULL"

static void
build_beat(PlanText *stmt, const void *subject)
{
	static const Oid types[BEAT_ARGS] = {
		TIMESTAMPTZOID, INTERVALOID, TEXTOID, TEXTOID, INT8OID, INT8OID, TEXTOID, JSONBOID
	};
	const Heartbeat *beat = subject;

	for (int i = 0; i < BEAT_ARGS; i++)
		plan_add_arg(stmt, types[i]);
	appendStringInfo(&stmt->sql, "UPDATE %s r SET " RENEW ", items_done = COALESCE($5, r.items_done),"
					 " items_total = COALESCE($6, r.items_total),"
					 " progress_at = CASE WHEN $5 IS NULL OR " IS_SAME " THEN r.progress_at ELSE $1 END,"
					 " base_at = CASE WHEN " BEGINS " THEN $1 WHEN " MEASURES_AGAIN " THEN r.rate_at ELSE r.base_at END,"
					 " base_items = CASE WHEN " BEGINS " THEN $5 WHEN " MEASURES_AGAIN " THEN r.rate_items ELSE r.base_items END,"
					 " rate_at = CASE WHEN " BEGINS " THEN NULL WHEN " MEASURES " THEN $1 ELSE r.rate_at END,"
					 " rate_items = CASE WHEN " BEGINS " THEN NULL WHEN " MEASURES " THEN $5 ELSE r.rate_items END,"
					 " message = COALESCE($7, r.message), checkpoint = COALESCE($8, r.checkpoint)"
					 " WHERE r.job_id OPERATOR(pg_catalog.=) $3 AND r.run OPERATOR(pg_catalog.=) $4"
					 " AND (r.state OPERATOR(pg_catalog.=) 'running') IS TRUE RETURNING ",
					 run_table_name(&beat->tables));
	append_answer(&stmt->sql, beat);
}

/* Error: 22023. */
static void
check_items(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (!PG_ARGISNULL(argument) && PG_GETARG_INT64(argument) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be negative", name)));
}

static void
refuse(const Heartbeat *beat, text *id, text *token)
{
	Run			run;

	run_open(&run, beat->jobs, id, token);
	run_refuse(&run);
}

/*
 * heartbeat(id text, run text, items_done bigint, items_total bigint,
 * message text, checkpoint jsonb, lease interval, job_table regclass)
 * returns batch_job.directive
 *
 * Renews the lease of a run, with its old length or another; stores the
 * reported progress, where NULL leaves a value as it is; and returns what to
 * do.  The answer is cancel if the job is no longer to be worked on, whoever
 * ended it.
 *
 * Errors: 22004, 22023 arguments, BJ002 the run is over, 55000 the table has
 * no runs, 40001, 42501, those of job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_heartbeat);
Datum
batch_job_heartbeat(PG_FUNCTION_ARGS)
{
	static const int arguments[BEAT_ARGS] = {-1, 6, 0, 1, 2, 3, 4, 5};
	Heartbeat	beat;
	Datum		values[BEAT_ARGS];
	char		nulls[BEAT_ARGS];
	Statement	plan = {build_beat, .subject = &beat, .planning = PLAN_ROW_BY_ROW};
	const char *answer;

	check_not_null(fcinfo, 0, "id");
	check_not_null(fcinfo, 1, "run");
	check_items(fcinfo, 2, "items_done");
	check_items(fcinfo, 3, "items_total");
	timing_check_lease(fcinfo, 6);
	beat_begin(&beat, fcinfo, 7);
	values[0] = TimestampTzGetDatum(beat.now);
	nulls[0] = ' ';
	for (int i = 1; i < BEAT_ARGS; i++)
	{
		values[i] = PG_GETARG_DATUM(arguments[i]);
		nulls[i] = PG_ARGISNULL(arguments[i]) ? 'n' : ' ';
	}
	plan.object = RelationGetRelid(beat.jobs);
	plan.table = beat.tables.runs;
	if (plan_execute(&plan, values, nulls, false) == 0)
		refuse(&beat, PG_GETARG_TEXT_PP(0), PG_GETARG_TEXT_PP(1));
	answer = directive_at(0, 1);
	beat_end(&beat);
	return directive_value(answer, get_func_rettype(fcinfo->flinfo->fn_oid));
}

/*
 * Locked rows are skipped: their workers are busy, perhaps in a transaction
 * that saves a checkpoint, and do not depend on this call.  Tables are not
 * joined: a join that was planned for few rows would read all of them.
 */
static void
build_beat_many(PlanText *stmt, const void *subject)
{
	const Heartbeat *beat = subject;
	const char *runs = run_table_name(&beat->tables);

	plan_add_arg(stmt, TIMESTAMPTZOID);
	plan_add_arg(stmt, INTERVALOID);
	plan_add_arg(stmt, TEXTARRAYOID);
	plan_add_arg(stmt, TEXTARRAYOID);
	appendStringInfo(&stmt->sql, "WITH given AS MATERIALIZED (SELECT g.id, g.run"
					 " FROM (SELECT pg_catalog.unnest($3), pg_catalog.unnest($4)) AS g (id, run)),"
					 " free AS MATERIALIZED (SELECT r.job_id FROM given g"
					 " CROSS JOIN LATERAL (SELECT job_id FROM %s WHERE job_id OPERATOR(pg_catalog.=) g.id"
					 " AND run OPERATOR(pg_catalog.=) g.run AND (state OPERATOR(pg_catalog.=) 'running') IS TRUE"
					 " FOR NO KEY UPDATE SKIP LOCKED) r),"
					 " beaten AS (UPDATE %s r SET " RENEW
					 " WHERE r.job_id OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT job_id FROM free))"
					 " AND (r.state OPERATOR(pg_catalog.=) 'running') IS TRUE"
					 " RETURNING r.job_id, r.run, true, ", runs, runs);
	append_answer(&stmt->sql, beat);
	appendStringInfo(&stmt->sql, ") SELECT * FROM beaten UNION ALL SELECT g.id, g.run, false, NULL, NULL FROM given g"
					 " WHERE NOT EXISTS (SELECT FROM %s r WHERE r.job_id OPERATOR(pg_catalog.=) g.id"
					 " AND r.run OPERATOR(pg_catalog.=) g.run AND (r.state OPERATOR(pg_catalog.=) 'running') IS TRUE OFFSET 0)", runs);
}

static void
put_answers(const ReturnSetInfo *result, uint64 rows)
{
	Oid			type = TupleDescAttr(result->setDesc, 2)->atttypid;

	for (uint64 row = 0; row < rows; row++)
	{
		Datum		values[3];
		bool		nulls[3];
		bool		isnull;
		bool		beaten;

		for (int i = 0; i < 2; i++)
			values[i] = plan_value(row, i + 1, &nulls[i]);
		beaten = DatumGetBool(plan_value(row, 3, &isnull));
		values[2] = directive_value(beaten ? directive_at(row, 4) : "lost", type);
		nulls[2] = false;
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

static int
elements(FunctionCallInfo fcinfo, int argument)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(argument);

	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("ids and runs must not contain null values")));
	return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
}

/*
 * heartbeat(ids text[], runs text[], lease interval, job_table regclass)
 * returns setof (id, run, directive)
 *
 * Renews the leases of many runs.  A run that is over has the directive lost;
 * one that another transaction has locked is skipped and not in the result.
 *
 * Errors: 22004, 22023, 2202E arguments, 55000 the table has no runs, 40001,
 * 42501, those of job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_heartbeat_many);
Datum
batch_job_heartbeat_many(PG_FUNCTION_ARGS)
{
	Heartbeat	beat;
	Statement	plan = {build_beat_many, .subject = &beat, .planning = PLAN_ROW_BY_ROW};
	Datum		values[4];
	char		nulls[5] = "    ";

	check_not_null(fcinfo, 0, "ids");
	check_not_null(fcinfo, 1, "runs");
	timing_check_lease(fcinfo, 2);
	if (elements(fcinfo, 0) != elements(fcinfo, 1))
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("ids and runs must have the same number of elements")));
	beat_begin(&beat, fcinfo, 3);
	InitMaterializedSRF(fcinfo, 0);
	values[0] = TimestampTzGetDatum(beat.now);
	values[1] = PG_GETARG_DATUM(2);
	nulls[1] = PG_ARGISNULL(2) ? 'n' : ' ';
	values[2] = PG_GETARG_DATUM(0);
	values[3] = PG_GETARG_DATUM(1);
	plan.object = RelationGetRelid(beat.jobs);
	plan.table = beat.tables.runs;
	put_answers((ReturnSetInfo *) fcinfo->resultinfo, plan_execute(&plan, values, nulls, false));
	beat_end(&beat);
	return (Datum) 0;
}
