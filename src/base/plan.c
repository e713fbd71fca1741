/*
 * plan.c
 *	  Cache of prepared statements, keyed by their builder and their object.
 *
 * The text of a plan names tables and columns, which may be renamed, or
 * dropped and created again.  PostgreSQL then invalidates the plan but would
 * analyze the old text again.  So an invalid plan is freed and its text built
 * anew, as the foreign key triggers of PostgreSQL do.
 */
#include "base/plan.h"

#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "jit/jit.h"
#include "nodes/params.h"
#include "nodes/pg_list.h"
#include "optimizer/cost.h"
#include "utils/hsearch.h"
#include "utils/plancache.h"
#include "utils/snapmgr.h"

#include "base/session.h"

typedef struct PlanKey
{
	PlanBuilder builder;
	const void *variant;
	Oid			object;
} PlanKey;

typedef struct PlanEntry
{
	PlanKey		key;			/* must be first */
	SPIPlanPtr	plan;			/* NULL if there is none */
} PlanEntry;

static HTAB *plans = NULL;

/*
 * A statement can fire triggers that call this file again, and so can planning
 * it, by a STABLE function in a policy.  A plan that is found invalid while
 * plans are running, or are planned, may be one of those, so it is freed
 * later.
 */
static int	running = 0;
static List *retired = NIL;

static void
make_cache(void)
{
	HASHCTL		ctl = {0};

	ctl.keysize = sizeof(PlanKey);
	ctl.entrysize = sizeof(PlanEntry);
	ctl.hcxt = batch_job_memory();
	plans = hash_create("batch_job plans", 32, &ctl,
						HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static void
retire(PlanEntry *entry)
{
	MemoryContext old = MemoryContextSwitchTo(batch_job_memory());

	retired = lappend(retired, entry->plan);
	entry->plan = NULL;
	MemoryContextSwitchTo(old);
}

static void
free_retired(void)
{
	while (running == 0 && retired != NIL)
	{
		SPIPlanPtr	plan = llast(retired);

		retired = list_delete_last(retired);
		SPI_freeplan(plan);
	}
}

/* Otherwise the plans of dropped tables would stay until the session ends. */
static void
retire_invalid(void)
{
	HASH_SEQ_STATUS seq;
	PlanEntry  *entry;

	hash_seq_init(&seq, plans);
	while ((entry = hash_seq_search(&seq)) != NULL)
	{
		if (entry->plan != NULL && !SPI_plan_is_valid(entry->plan))
			retire(entry);
		if (entry->plan == NULL)
			hash_search(plans, &entry->key, HASH_REMOVE, NULL);
	}
}

/*
 * The tables that the plan uses; NIL if a rule DO INSTEAD NOTHING has replaced
 * the statement.
 */
static List *
tables_of(SPIPlanPtr plan)
{
	CachedPlanSource *source = linitial(SPI_plan_get_plan_sources(plan));

	return source->relationOids;
}

static bool
is_for(SPIPlanPtr plan, Oid table)
{
	return list_member_oid(tables_of(plan), table);
}

/*
 * A name may lead to another table than the one that it was taken from: none
 * of our locks keeps others from swapping the names of two schemas.  Error:
 * 40001.
 */
void
plan_is_for_another(Oid table)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("table with OID %u was renamed while a statement was being prepared for it", table),
			 errhint("Try again.")));
}

static void
check_is_for(SPIPlanPtr plan, Oid table)
{
	if (tables_of(plan) != NIL && !is_for(plan, table))
		plan_is_for_another(table);
}

static SPIPlanPtr
prepare(const Statement *wanted)
{
	PlanText	stmt = {0};
	SPIPlanPtr	plan;

	initStringInfo(&stmt.sql);
	wanted->builder(&stmt, wanted->subject);
	plan = SPI_prepare_cursor(stmt.sql.data, stmt.nargs, stmt.argtypes,
							  wanted->planning != PLAN_FREELY ? CURSOR_OPT_GENERIC_PLAN : 0);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s: %s",
			 SPI_result_code_string(SPI_result), stmt.sql.data);
	check_is_for(plan, wanted->table);
	return plan;
}

static SPIPlanPtr
get_plan(const Statement *wanted)
{
	PlanKey		key;
	PlanEntry  *entry;
	SPIPlanPtr	plan;

	memset(&key, 0, sizeof key);	/* it is hashed as bytes, padding included */
	key.builder = wanted->builder;
	key.variant = wanted->variant;
	key.object = wanted->object;
	if (plans == NULL)
		make_cache();
	entry = hash_search(plans, &key, HASH_FIND, NULL);
	if (entry != NULL && entry->plan != NULL)
	{
		/*
		 * after the error of check_is_for, a valid plan may be for another
		 * table
		 */
		if (SPI_plan_is_valid(entry->plan) && is_for(entry->plan, wanted->table))
			return entry->plan;
		retire(entry);
	}

	retire_invalid();
	free_retired();
	plan = prepare(wanted);
	if (tables_of(plan) == NIL)	/* it would not be invalidated when the rule is dropped */
		return plan;
	entry = hash_search(plans, &key, HASH_ENTER, NULL);
	entry->plan = NULL;
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "SPI_keepplan failed");
	entry->plan = plan;
	return plan;
}

/*
 * Adds a parameter of this type to a statement; returns its placeholder, such
 * as "$1".
 */
char *
plan_add_arg(PlanText *stmt, Oid type)
{
	Assert(stmt->nargs < PLAN_MAX_ARGS);
	stmt->argtypes[stmt->nargs++] = type;
	return psprintf("$%d", stmt->nargs);
}

static ParamListInfo
make_params(SPIPlanPtr plan, const Datum *values, const char *nulls)
{
	int			count = SPI_getargcount(plan);
	ParamListInfo params = makeParamList(count);

	for (int i = 0; i < count; i++)
	{
		params->params[i].value = values[i];
		params->params[i].isnull = nulls != NULL && nulls[i] == 'n';
		params->params[i].pflags = PARAM_FLAG_CONST;
		params->params[i].ptype = SPI_getargtypeid(plan, i);
	}
	return params;
}

#define PLANNER_SETTINGS	8

/*
 * The settings to switch off while a statement is planned in this way; returns
 * their number.
 */
static int
settings_off(Planning planning, bool **settings)
{
	int			count = 0;

	settings[count++] = &enable_seqscan;
	settings[count++] = &jit_enabled;
	if (planning == PLAN_PARTIAL_INDEXES)
	{
		settings[count++] = &enable_indexscan;
		settings[count++] = &enable_nestloop;
		return count;
	}
	settings[count++] = &enable_bitmapscan;
	settings[count++] = &enable_sort;
	settings[count++] = &enable_incremental_sort;
	settings[count++] = &enable_hashjoin;
	settings[count++] = &enable_mergejoin;
	settings[count++] = &enable_memoize;
	return count;
}

/*
 * Swaps these settings with the given ones.  Not inlined, because gcc would
 * then warn of variables that PG_TRY may clobber.
 */
static pg_noinline void
swap_planner_settings(Planning planning, bool *given)
{
	bool	   *settings[PLANNER_SETTINGS];
	int			count = settings_off(planning, settings);

	for (int i = 0; i < count; i++)
	{
		bool		setting = *settings[i];

		*settings[i] = given[i];
		given[i] = setting;
	}
}

/*
 * Plans a statement regardless of statistics.  A queue that was empty when the
 * statement was planned may hold a million jobs a minute later, before any
 * statistics know of them, and the share of open jobs may have shrunk from
 * half of the table to a thousandth since they were collected.
 *
 * PLAN_ROW_BY_ROW finds rows by indexes, in index order, and joins them by
 * nested loops: a plan for an empty table would read and sort everything.
 *
 * PLAN_PARTIAL_INDEXES reads all rows of a partial index by a bitmap scan.
 * With index scans off, an index without a condition cannot be used; that
 * excludes the primary key, which has all other rows as well.  Nested loops
 * are off, too, since they would read one index again for each row of the
 * other.
 */
static void
plan_as_wanted(SPIPlanPtr plan, Planning planning)
{
	bool		settings[PLANNER_SETTINGS] = {false};

	if (planning == PLAN_FREELY || tables_of(plan) == NIL)
		return;
	swap_planner_settings(planning, settings);
	running++;
	PG_TRY();
	{
		CachedPlan *planned = SPI_plan_get_cached_plan(plan);

		if (planned != NULL)
			ReleaseCachedPlan(planned, CurrentResourceOwner);
	}
	PG_FINALLY();
	{
		running--;
		swap_planner_settings(planning, settings);
	}
	PG_END_TRY();
}

static void
run(SPIPlanPtr plan, Oid table, const SPIExecuteOptions *options)
{
	int			result;

	running++;
	PG_TRY();
	{
		result = SPI_execute_plan_extended(plan, options);
	}
	PG_FINALLY();
	{
		running--;
	}
	PG_END_TRY();
	if (result < 0)
		elog(ERROR, "SPI_execute_plan_extended failed: %s", SPI_result_code_string(result));
	check_is_for(plan, table);	/* the text may have been prepared again */
}

/*
 * plan_execute
 *		Runs a statement with the values of its parameters, in the order in
 *		which its builder added them; returns the number of rows.
 *
 * With read_only, the statement uses the snapshot of the calling query, as a
 * STABLE function must; otherwise it sees everything done up to now.
 *
 * The caller is connected to SPI and holds a lock on the tables concerned, so
 * that a valid plan stays valid.
 *
 * Error: 40001 the table was renamed at this very moment.
 */
uint64
plan_execute(const Statement *wanted, const Datum *values, const char *nulls, bool read_only)
{
	SPIPlanPtr	plan = get_plan(wanted);
	SPIExecuteOptions options = {.params = make_params(plan, values, nulls), .read_only = read_only};

	plan_as_wanted(plan, wanted->planning);
	run(plan, wanted->table, &options);
	return SPI_processed;
}

/*
 * plan_look
 *		Does the same for a query that must see what others have committed up
 *		to now and what this transaction has done, even in REPEATABLE READ: a
 *		fencing check by an old snapshot would let stale workers pass.
 */
uint64
plan_look(const Statement *wanted, const Datum *values, const char *nulls)
{
	uint64		rows;

	PushActiveSnapshot(GetLatestSnapshot());
	rows = plan_execute(wanted, values, nulls, true);
	PopActiveSnapshot();
	return rows;
}

/* A value of the last statement's result; rows count from 0, columns from 1. */
Datum
plan_value(uint64 row, int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, isnull);
}

/* Readers of the rows rely on the promised types, so check them. */
static void
check_gives(SPIPlanPtr plan, TupleDesc promised)
{
	TupleDesc	given = ((CachedPlanSource *) linitial(SPI_plan_get_plan_sources(plan)))->resultDesc;

	for (int i = 0; i < promised->natts; i++)
		if (given == NULL || given->natts != promised->natts ||
			TupleDescAttr(given, i)->atttypid != TupleDescAttr(promised, i)->atttypid)
			elog(ERROR, "column %d of the result is not of the type that was promised", i + 1);
}

/*
 * plan_execute_into
 *		Does the same as plan_execute with read_only and without NULLs, for a
 *		set-returning function: the rows go into its tuplestore, which spills
 *		to disk.
 */
uint64
plan_execute_into(const Statement *wanted, const Datum *values, ReturnSetInfo *result)
{
	SPIPlanPtr	plan = get_plan(wanted);
	SPIExecuteOptions options = {.params = make_params(plan, values, NULL), .read_only = true};

	check_gives(plan, result->setDesc);
	plan_as_wanted(plan, wanted->planning);
	options.dest = CreateDestReceiver(DestTuplestore);
	SetTuplestoreDestReceiverParams(options.dest, result->setResult, CurrentMemoryContext, false, NULL, NULL);
	run(plan, wanted->table, &options);
	options.dest->rDestroy(options.dest);
	return SPI_processed;
}
