/*
 * plan.c
 *	  Cache of prepared statements, keyed by operation and object.
 *
 * A plan's text names tables and columns, which may be renamed, dropped and
 * made again.  PostgreSQL invalidates the plan then, but would analyze the old
 * text again; so an invalid plan is thrown away and its text written anew (as
 * the core's foreign key triggers do).
 */
#include "base/plan.h"

#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "nodes/params.h"
#include "nodes/pg_list.h"
#include "utils/hsearch.h"
#include "utils/plancache.h"

typedef struct PlanKey
{
	PlanOperation operation;
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

static SPIPlanPtr
prepare(PlanBuilder builder, const void *subject)
{
	PlanText	stmt = {0};
	SPIPlanPtr	plan;

	initStringInfo(&stmt.sql);
	builder(&stmt, subject);
	plan = SPI_prepare(stmt.sql.data, stmt.nargs, stmt.argtypes);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s: %s",
			 SPI_result_code_string(SPI_result), stmt.sql.data);
	return plan;
}

/* Under a rule DO INSTEAD NOTHING it is for no table, and would not learn that the rule is gone. */
static bool
can_become_invalid(SPIPlanPtr plan)
{
	CachedPlanSource *source = linitial(SPI_plan_get_plan_sources(plan));

	return source->relationOids != NIL;
}

static SPIPlanPtr
get_plan(PlanOperation operation, Oid object, PlanBuilder builder, const void *subject)
{
	PlanKey		key;
	PlanEntry  *entry;
	SPIPlanPtr	plan;

	memset(&key, 0, sizeof key);	/* it is hashed as bytes */
	key.operation = operation;
	key.object = object;
	if (plans == NULL)
		make_cache();
	entry = hash_search(plans, &key, HASH_FIND, NULL);
	if (entry != NULL && entry->plan != NULL && SPI_plan_is_valid(entry->plan))
		return entry->plan;

	retire_invalid();
	free_retired();
	plan = prepare(builder, subject);
	if (!can_become_invalid(plan))
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

static void
run(SPIPlanPtr plan, const SPIExecuteOptions *options)
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
}

/*
 * plan_execute
 *		Runs an operation on an object, with values for the parameters that the
 *		builder added, in their order; returns the number of rows.
 *
 * With read_only it sees what the calling query sees, as a STABLE function must;
 * else all that was done up to now.
 *
 * The caller is connected to SPI and holds a lock on the tables concerned, so
 * that a plan found valid stays right.
 */
uint64
plan_execute(PlanOperation operation, Oid object,
			 PlanBuilder builder, const void *subject,
			 const Datum *values, const char *nulls, bool read_only)
{
	SPIPlanPtr	plan = get_plan(operation, object, builder, subject);
	SPIExecuteOptions options = {.params = make_params(plan, values, nulls), .read_only = read_only};

	run(plan, &options);
	return SPI_processed;
}

/*
 * plan_execute_into
 *		The same with read_only and no NULLs, for any number of rows: they go
 *		into a tuplestore, which does not keep them all in memory.
 */
uint64
plan_execute_into(PlanOperation operation, Oid object,
				  PlanBuilder builder, const void *subject,
				  const Datum *values, Tuplestorestate *rows)
{
	SPIPlanPtr	plan = get_plan(operation, object, builder, subject);
	SPIExecuteOptions options = {.params = make_params(plan, values, NULL), .read_only = true};

	options.dest = CreateDestReceiver(DestTuplestore);
	SetTuplestoreDestReceiverParams(options.dest, rows, CurrentMemoryContext, false, NULL, NULL);
	run(plan, &options);
	options.dest->rDestroy(options.dest);
	return SPI_processed;
}
