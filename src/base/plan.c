/*
 * plan.c
 *	  Cache of prepared statements, keyed by who writes them and for which object.
 *
 * A plan's text names tables and columns, which may be renamed, dropped and
 * made again.  PostgreSQL invalidates the plan then, but would analyze the old
 * text again; so an invalid plan is thrown away and its text written anew (as
 * the core's foreign key triggers do).
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
	SPIPlanPtr	plan;			/* NULL while there is none */
} PlanEntry;

static HTAB *plans = NULL;

/*
 * A statement can fire triggers that come here again.  A plan that turns out
 * invalid while some plan runs may be the one that runs: it is freed later.
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

/* Plans of tables that were dropped would otherwise stay for ever. */
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

/* The tables that the plan is for; NIL under a rule DO INSTEAD NOTHING. */
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
 * A name may lead to another table than it was made from: no lock that we have
 * keeps two schemas from swapping their names.  Error: 40001.
 */
void
plan_is_for_another(Oid table)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("table with OID %u got another name while a statement was prepared for it", table),
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
							  wanted->by_index ? CURSOR_OPT_GENERIC_PLAN : 0);
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

	memset(&key, 0, sizeof key);	/* it is hashed as bytes */
	key.builder = wanted->builder;
	key.variant = wanted->variant;
	key.object = wanted->object;
	if (plans == NULL)
		make_cache();
	entry = hash_search(plans, &key, HASH_FIND, NULL);
	if (entry != NULL && entry->plan != NULL)
	{
		/* a valid one is for another table after the error of check_is_for */
		if (SPI_plan_is_valid(entry->plan) && is_for(entry->plan, wanted->table))
			return entry->plan;
		retire(entry);
	}

	retire_invalid();
	free_retired();
	plan = prepare(wanted);
	if (tables_of(plan) == NIL)	/* it would not learn that the rule is gone */
		return plan;
	entry = hash_search(plans, &key, HASH_ENTER, NULL);
	entry->plan = NULL;
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "SPI_keepplan failed");
	entry->plan = plan;
	return plan;
}

/* Adds a parameter of a type to a statement; returns what stands for it: "$1". */
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

/* Swaps the planner's settings and those given; inlined, gcc fears for what PG_TRY keeps. */
static pg_noinline void
swap_planner_settings(bool *given)
{
	bool	   *const settings[PLANNER_SETTINGS] = {
		&enable_seqscan, &enable_bitmapscan, &enable_sort, &enable_incremental_sort, &enable_hashjoin,
		&enable_mergejoin, &enable_memoize, &jit_enabled
	};

	for (int i = 0; i < PLANNER_SETTINGS; i++)
	{
		bool		setting = *settings[i];

		*settings[i] = given[i];
		given[i] = setting;
	}
}

/*
 * Plans a statement so that it finds its rows by indexes and in their order, and
 * joins row by row.  A queue that was empty when the statement was planned may
 * have a million jobs a minute later, and no statistics tell of them yet; what
 * is planned for an empty one would read and sort them all.
 */
static void
plan_by_index(SPIPlanPtr plan)
{
	bool		settings[PLANNER_SETTINGS] = {false};

	swap_planner_settings(settings);
	PG_TRY();
	{
		CachedPlan *planned = SPI_plan_get_cached_plan(plan);

		if (planned != NULL)
			ReleaseCachedPlan(planned, CurrentResourceOwner);
	}
	PG_FINALLY();
	{
		swap_planner_settings(settings);
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
	check_is_for(plan, table);	/* PostgreSQL prepares a text again that turns out stale just now */
}

/*
 * plan_execute
 *		Runs a statement, with values for the parameters that its builder added,
 *		in their order; returns the number of rows.
 *
 * With read_only it sees what the calling query sees, as a STABLE function must;
 * else all that was done up to now.
 *
 * The caller is connected to SPI and holds a lock on the tables concerned, so
 * that a plan found valid stays right.
 *
 * Error: 40001 the table got another name in the very moment.
 */
uint64
plan_execute(const Statement *wanted, const Datum *values, const char *nulls, bool read_only)
{
	SPIPlanPtr	plan = get_plan(wanted);
	SPIExecuteOptions options = {.params = make_params(plan, values, nulls), .read_only = read_only};

	if (wanted->by_index)
		plan_by_index(plan);
	run(plan, wanted->table, &options);
	return SPI_processed;
}

/*
 * plan_look
 *		The same for a query that must see what others have committed up to this
 *		moment, and all that this transaction has done, in REPEATABLE READ too: a
 *		fence that is judged by an old snapshot is no fence.
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

/* A value of the rows that the last statement has given; rows count from 0, columns from 1. */
Datum
plan_value(uint64 row, int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, isnull);
}

/*
 * plan_execute_into
 *		The same with read_only and no NULLs, for any number of rows: they go
 *		into a tuplestore, which does not keep them all in memory.
 */
uint64
plan_execute_into(const Statement *wanted, const Datum *values, Tuplestorestate *rows)
{
	SPIPlanPtr	plan = get_plan(wanted);
	SPIExecuteOptions options = {.params = make_params(plan, values, NULL), .read_only = true};

	options.dest = CreateDestReceiver(DestTuplestore);
	SetTuplestoreDestReceiverParams(options.dest, rows, CurrentMemoryContext, false, NULL, NULL);
	run(plan, wanted->table, &options);
	options.dest->rDestroy(options.dest);
	return SPI_processed;
}
