/*
 * claim.c
 *	  claim: gives jobs to a worker.
 *
 * Jobs are found and locked in the order of their lanes (lanes.c), as far as
 * the limits of their types allow (type_settings.c); then their runs begin
 * (begin_runs.c).
 */
#include "base/batch_job.h"

#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

#include "base/argument.h"
#include "base/running.h"
#include "job/columns.h"
#include "job/job_table.h"
#include "run/begin_runs.h"
#include "run/lanes.h"
#include "run/rescue.h"
#include "run/timing.h"
#include "run/type_settings.h"

typedef struct Claim
{
	LaneSource	source;
	int			max;
	text	   *worker;
	Interval   *lease;			/* NULL for that of the type */
	ReturnSetInfo *result;
	List	   *settings;		/* TypeSettings *, of the types that have settings */
	bool		has_locked;		/* the settings rows of types */
	List	   *found;			/* FoundJob * */
	List	   *over;			/* FoundJob *, jobs that are over */
	List	   *new_runs;		/* NewRun * */
} Claim;

static int
wanted(const Claim *claim)
{
	return claim->max - list_length(claim->found);
}

/* The types with limits that may have jobs to claim. */
static List *
types_to_count(const Claim *claim, const Lanes *lanes)
{
	List	   *types = NIL;
	ListCell   *cell;

	foreach(cell, lanes_all(lanes))
	{
		Lane	   *lane = lfirst(cell);
		TypeSettings *settings = type_settings_of(claim->settings, lane->type);

		if (!lane->exhausted && settings != NULL && !settings->paused && type_has_limit(settings))
			types = list_append_unique_ptr(types, settings);
	}
	return types;
}

/* How many jobs of a lane may be taken now. */
static int
slots_of(const Claim *claim, const Lane *lane)
{
	const TypeSettings *settings = type_settings_of(claim->settings, lane->type);
	int64		slots;

	if (settings == NULL)
		return wanted(claim);
	if (settings->paused || settings->is_with_others)
		return 0;
	slots = lane->by_owner ? type_free_slots_of(settings, lane->owner) : type_free_slots(settings);
	/* the owner of a waiting job is not known until it has been found */
	if (lane->kind == LANE_WAITING && settings->max_running_per_owner != NO_LIMIT)
		slots = Min(slots, 1);
	return (int) Min(slots, wanted(claim));
}

/*
 * The types with limits of which some lane may still give a job, by the last
 * count.
 */
static List *
types_with_slots(const Claim *claim, const Lanes *lanes)
{
	List	   *types = NIL;
	ListCell   *cell;

	foreach(cell, lanes_all(lanes))
	{
		Lane	   *lane = lfirst(cell);
		TypeSettings *settings = type_settings_of(claim->settings, lane->type);

		if (!lane->exhausted && settings != NULL && type_has_limit(settings) && slots_of(claim, lane) > 0)
			types = list_append_unique_ptr(types, settings);
	}
	return types;
}

/*
 * Finds how many more jobs of each type may run.  Full types are recognized
 * without a lock, so that workers waiting for a slot write nothing.
 */
static void
find_slots(Claim *claim, const Lanes *lanes)
{
	List	   *to_lock;
	ListCell   *cell;

	foreach(cell, types_to_count(claim, lanes))
		type_settings_count(&claim->source.tables, lfirst(cell));
	to_lock = types_with_slots(claim, lanes);
	if (to_lock == NIL)
		return;
	type_settings_lock(&claim->source.tables, to_lock, !claim->has_locked);
	claim->has_locked = true;
	claim->source.now = GetCurrentTimestamp();	/* more may be due after the wait */
}

static void
take(Claim *claim, FoundJob *found)
{
	TypeSettings *settings = type_settings_of(claim->settings, found->type);

	if (found->kind == LANE_WAITING && job_row_status(found->job) >= JOB_STATUS_COMPLETED)
	{
		claim->over = lappend(claim->over, found);
		return;
	}
	claim->found = lappend(claim->found, found);
	if (settings != NULL)
		type_take_slot(settings, found->owner);
}

/*
 * Takes jobs from the lanes, best lane first, until there are enough or none
 * are left.
 */
static void
take_from_lanes(Claim *claim, Lanes *lanes)
{
	TimestampTz before;
	Lane	   *lane;
	ListCell   *cell;

	foreach(cell, lanes_all(lanes))
		((Lane *) lfirst(cell))->closed = false;
	while (wanted(claim) > 0 && (lane = lanes_next(lanes, claim->source.now, &before)) != NULL)
	{
		int			slots = slots_of(claim, lane);

		lane->closed = slots == 0;
		if (lane->closed)
			continue;
		foreach(cell, lane_find(lane, &claim->source,
								type_full_owners(type_settings_of(claim->settings, lane->type)), before, slots))
			take(claim, lfirst(cell));
		CHECK_FOR_INTERRUPTS();
	}
}

static void
begin_runs(Claim *claim)
{
	TimestampTz *leases = palloc(list_length(claim->found) * sizeof *leases);
	ListCell   *cell;

	claim->source.now = GetCurrentTimestamp();	/* after all runs that had the job before */
	foreach(cell, claim->found)
	{
		const FoundJob *found = lfirst(cell);

		leases[foreach_current_index(cell)] =
			timing_lease(claim->source.now, claim->lease, type_settings_of(claim->settings, found->type));
	}
	claim->new_runs = runs_begin(&claim->source, claim->found, leases, claim->worker);
}

/* One pass over the lanes; true if no run was begun. */
static bool
pass(Claim *claim, Lanes *lanes)
{
	claim->found = claim->over = NIL;
	find_slots(claim, lanes);
	take_from_lanes(claim, lanes);
	runs_end_waiting(&claim->source, claim->over);
	if (claim->found != NIL)
		begin_runs(claim);
	return claim->new_runs == NIL;
}

static void
find_types_by_owner(Claim *claim)
{
	ListCell   *cell;

	foreach(cell, claim->settings)
	{
		TypeSettings *settings = lfirst(cell);

		if (settings->max_running_per_owner != NO_LIMIT)
			claim->source.by_owner = lappend(claim->source.by_owner, settings->type);
	}
}

/*
 * run, attempt, lease_until, items_done, items_total, checkpoint; then the
 * job's columns.
 */
#define RUN_VALUES		6

static void
put_row(const ReturnSetInfo *result, const NewRun *new)
{
	HeapTupleHeader row = DatumGetHeapTupleHeader(new->job);
	TupleDesc	desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(row), HeapTupleHeaderGetTypMod(row));
	HeapTupleData job = {.t_len = HeapTupleHeaderGetDatumLength(row), .t_data = row};
	const FoundJob *found = new->found;
	Datum		values[RUN_VALUES + JOB_COLUMNS] = {
		PointerGetDatum(new->run), Int16GetDatum(found->attempt), TimestampTzGetDatum(new->lease_until),
		found->items_done.value, found->items_total.value, found->checkpoint.value
	};
	bool		nulls[RUN_VALUES + JOB_COLUMNS] = {
		false, false, false, found->items_done.isnull, found->items_total.isnull, found->checkpoint.isnull
	};

	heap_deform_tuple(&job, desc, values + RUN_VALUES, nulls + RUN_VALUES);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	ReleaseTupleDesc(desc);
}

static void
run_claim(void *argument)
{
	Claim	   *claim = argument;
	Lanes	   *lanes;
	bool		fresh;
	ListCell   *cell;

	claim->settings = type_settings_read(&claim->source.tables, claim->source.types);
	find_types_by_owner(claim);
	lanes = lanes_of(&claim->source, &fresh);
	/*
	 * continue after jobs that others have claimed, even in runs that are not
	 * visible yet; no job is found twice
	 */
	while (pass(claim, lanes) && (!fresh || claim->found != NIL))
	{
		if (claim->found != NIL)
			continue;
		lanes_open(lanes, &claim->source);
		fresh = true;
	}
	rescue_if_due(claim->source.jobs, &claim->source.tables, claim->source.now, claim->new_runs == NIL);
	foreach(cell, claim->new_runs)
		put_row(claim->result, lfirst(cell));
}

/* The kinds of lanes to claim from, by the argument status.  Error: 22023. */
static int
kinds_of_argument(FunctionCallInfo fcinfo, int argument)
{
	Oid			type = job_status_type();

	if (PG_ARGISNULL(argument))
		return (1 << LANE_KINDS) - 1;
	if (PG_GETARG_OID(argument) == DatumGetObjectId(job_status_datum(JOB_STATUS_CREATED, type)))
		return 1 << LANE_CREATED | 1 << LANE_WAITING;
	if (PG_GETARG_OID(argument) != DatumGetObjectId(job_status_datum(JOB_STATUS_CONFIRMED, type)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("status must be created or confirmed"),
				 errdetail("Created jobs are claimed to prepare them, confirmed jobs to process them.")));
	return 1 << LANE_CONFIRMED | 1 << LANE_WAITING;
}

static ArrayType *
types_of_argument(FunctionCallInfo fcinfo, int argument)
{
	ArrayType  *types = PG_ARGISNULL(argument) ? NULL : PG_GETARG_ARRAYTYPE_P(argument);

	if (types != NULL && array_contains_nulls(types))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("types must not contain null values")));
	return types;
}

static void
check_arguments(FunctionCallInfo fcinfo)
{
	check_not_null(fcinfo, 1, "max");
	if (PG_GETARG_INT32(1) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max must be at least 1")));
	timing_check_lease(fcinfo, 3);
	if (claim_is_running())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("cannot claim jobs while another claim of the same session is running"),
				 errdetail("A trigger or a row-level security policy has called batch_job.claim().")));
}

/*
 * claim(types text[], max integer, worker text, lease interval,
 *		status batch_job.status, job_table regclass)
 * returns setof (run, attempt, lease_until, items_done, items_total, checkpoint,
 *		and the attributes of the job)
 *
 * Gives the caller up to max jobs: those that wait for another attempt and are
 * due; confirmed ones, which are then processing; and created ones, which are
 * to be prepared.  They are ordered by priority, then by the time since when
 * they have been due.
 *
 * Errors: 22004, 22023 arguments, 55000 the table has no runs, 55006 a claim
 * within a claim, 40001 a higher isolation level, 25006 read-only, 42501,
 * those of job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_claim);
Datum
batch_job_claim(PG_FUNCTION_ARGS)
{
	Claim		claim = {0};
	Running		running = {.kind = RUNNING_CLAIM};

	PreventCommandIfReadOnly("batch_job.claim()");
	check_arguments(fcinfo);
	claim.source.types = types_of_argument(fcinfo, 0);
	claim.max = PG_GETARG_INT32(1);
	claim.worker = PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2);
	claim.lease = PG_ARGISNULL(3) ? NULL : PG_GETARG_INTERVAL_P(3);
	claim.source.kinds = kinds_of_argument(fcinfo, 4);
	claim.source.jobs = job_table_open_argument(fcinfo, 5, RowExclusiveLock);
	run_tables_lock(claim.source.jobs, RowExclusiveLock, &claim.source.tables);
	claim.source.now = GetCurrentTimestamp();

	InitMaterializedSRF(fcinfo, 0);
	claim.result = (ReturnSetInfo *) fcinfo->resultinfo;
	SPI_connect();
	running.table = RelationGetRelid(claim.source.jobs);
	running_do(&running, run_claim, &claim);
	SPI_finish();
	table_close(claim.source.jobs, NoLock);
	return (Datum) 0;
}
