/*
 * begin_runs.c
 *	  Begins runs of jobs that have been found and locked.
 */
#include "run/begin_runs.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "base/plan.h"
#include "base/running.h"
#include "event/event.h"
#include "event/event_table.h"
#include "job/columns.h"
#include "job/job_errors.h"
#include "job/job_table.h"
#include "run/fence.h"

/* One value per run, for unnest. */
typedef struct Values
{
	Oid			type;
	ArrayBuildState *state;
} Values;

static Values
values_of_type(Oid type)
{
	Values		values = {type, initArrayResult(type, CurrentMemoryContext, false)};

	return values;
}

static void
add(Values *values, Datum value, bool isnull)
{
	accumArrayResult(values->state, value, isnull, values->type, CurrentMemoryContext);
}

static void
add_text(Values *values, const text *value)
{
	add(values, PointerGetDatum(value), value == NULL);
}

static Datum
array_of(const Values *values)
{
	return makeArrayResult(values->state, CurrentMemoryContext);
}

static void
build_end_waiting(PlanText *stmt, const void *subject)
{
	const LaneSource *source = subject;

	plan_add_arg(stmt, TEXTARRAYOID);
	plan_add_arg(stmt, TEXTARRAYOID);
	appendStringInfo(&stmt->sql, "UPDATE %s SET state = 'ended' WHERE job_id OPERATOR(pg_catalog.=) ANY ($1)"
					 " AND (run OPERATOR(pg_catalog.=) ANY ($2)) IS TRUE",
					 run_table_name(&source->tables));
}

/*
 * runs_end_waiting
 *		Ends the waiting runs of jobs (FoundJob *) that were found waiting:
 *		these go on with a new run, or not at all.  Jobs without a waiting run
 *		are skipped.  The caller is connected to SPI.
 */
void
runs_end_waiting(const LaneSource *source, List *found)
{
	Statement	plan = {build_end_waiting, NULL, source->tables.runs, source->tables.runs, source, PLAN_ROW_BY_ROW};
	Values		ids = values_of_type(TEXTOID);
	Values		runs = values_of_type(TEXTOID);
	bool		any = false;
	ListCell   *cell;

	foreach(cell, found)
	{
		const FoundJob *each = lfirst(cell);

		if (each->run == NULL)
			continue;
		add_text(&ids, each->id);
		add_text(&runs, each->run);
		any = true;
	}
	if (any)
		plan_execute(&plan, (Datum[]) {array_of(&ids), array_of(&runs)}, NULL, false);
}

/* The columns with a value for each run ... */
enum
{
	NEW_JOB_ID,
	NEW_RUN,
	NEW_TYPE,
	NEW_CREATED_BY,
	NEW_PRIORITY,
	NEW_ATTEMPT,
	NEW_LEASE_UNTIL,
	NEW_ITEMS_DONE,
	NEW_ITEMS_TOTAL,
	NEW_CHECKPOINT,
	NEW_COLUMNS,

	/* ... and those that all runs share */
	NEW_WORKER = NEW_COLUMNS,
	NEW_TIME,
	NEW_ARGS
};

static const Oid new_types[NEW_COLUMNS] = {
	TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT8OID, INT2OID, TIMESTAMPTZOID, INT8OID, INT8OID, JSONBOID
};

#define NEW_NAMES \
	"job_id, run, type, created_by, priority, attempt, lease_until, items_done, items_total, checkpoint"

/*
 * Another session may have claimed the job after this statement's snapshot was
 * taken, and have released its lock: then it has begun a run that the search
 * could not see, hence ON CONFLICT.
 */
static void
append_insert(PlanText *stmt, const LaneSource *source, bool one)
{
	appendStringInfo(&stmt->sql, "INSERT INTO %s (" NEW_NAMES ", state, worker, claimed_at, heartbeat_at, base_items)"
					 " SELECT " NEW_NAMES ", 'running', $%d, $%d, $%d, COALESCE(items_done, 0) FROM (SELECT ",
					 run_table_name(&source->tables), NEW_WORKER + 1, NEW_TIME + 1, NEW_TIME + 1);
	for (int i = 0; i < NEW_COLUMNS; i++)
		appendStringInfo(&stmt->sql, one ? "%s%s" : "%spg_catalog.unnest(%s)", i > 0 ? ", " : "",
						 plan_add_arg(stmt, one ? new_types[i] : get_array_type(new_types[i])));
	plan_add_arg(stmt, TEXTOID);
	plan_add_arg(stmt, TIMESTAMPTZOID);
	appendStringInfoString(&stmt->sql, ") AS n (" NEW_NAMES ") ON CONFLICT (job_id)"
						   " WHERE state OPERATOR(pg_catalog.<>) 'ended' DO NOTHING RETURNING run");
}

/* Takes a third less work than the statement for many rows does for one. */
static void
build_insert_one(PlanText *stmt, const void *subject)
{
	append_insert(stmt, subject, true);
}

static void
build_insert_many(PlanText *stmt, const void *subject)
{
	append_insert(stmt, subject, false);
}

static void
values_of_run(const NewRun *new, Datum *values, bool *nulls)
{
	const FoundJob *found = new->found;

	memset(nulls, 0, NEW_COLUMNS * sizeof *nulls);
	values[NEW_JOB_ID] = PointerGetDatum(found->id);
	values[NEW_RUN] = PointerGetDatum(new->run);
	values[NEW_TYPE] = PointerGetDatum(found->type);
	values[NEW_CREATED_BY] = PointerGetDatum(found->owner);
	nulls[NEW_CREATED_BY] = found->owner == NULL;
	values[NEW_PRIORITY] = Int64GetDatum(found->priority);
	values[NEW_ATTEMPT] = Int16GetDatum(found->attempt);
	values[NEW_LEASE_UNTIL] = TimestampTzGetDatum(new->lease_until);
	values[NEW_ITEMS_DONE] = found->items_done.value;
	nulls[NEW_ITEMS_DONE] = found->items_done.isnull;
	values[NEW_ITEMS_TOTAL] = found->items_total.value;
	nulls[NEW_ITEMS_TOTAL] = found->items_total.isnull;
	values[NEW_CHECKPOINT] = found->checkpoint.value;
	nulls[NEW_CHECKPOINT] = found->checkpoint.isnull;
}

/* All columns as arrays. */
static void
arrays_of_runs(List *new_runs, Datum *values, bool *nulls)
{
	Values		columns[NEW_COLUMNS];
	ListCell   *cell;

	for (int i = 0; i < NEW_COLUMNS; i++)
		columns[i] = values_of_type(new_types[i]);
	foreach(cell, new_runs)
	{
		values_of_run(lfirst(cell), values, nulls);
		for (int i = 0; i < NEW_COLUMNS; i++)
			add(&columns[i], values[i], nulls[i]);
	}
	for (int i = 0; i < NEW_COLUMNS; i++)
		values[i] = array_of(&columns[i]);
	memset(nulls, 0, NEW_COLUMNS * sizeof *nulls);
}

static int
compare(const text *a, const text *b)
{
	size_t		size_a = VARSIZE_ANY_EXHDR(a);
	size_t		size_b = VARSIZE_ANY_EXHDR(b);
	int			result = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), Min(size_a, size_b));

	return result != 0 ? result : (size_a > size_b) - (size_a < size_b);
}

static bool
is_among_first(uint64 rows, const text *run)
{
	for (uint64 row = 0; row < rows; row++)
	{
		bool		isnull;

		if (compare(DatumGetTextPP(plan_value(row, 1, &isnull)), run) == 0)
			return true;
	}
	return false;
}

/* Inserts the runs; returns those that were inserted: NewRun *. */
static List *
insert(const LaneSource *source, List *new_runs, text *worker)
{
	bool		one = list_length(new_runs) == 1;
	Statement	plan = {one ? build_insert_one : build_insert_many, NULL,
		source->tables.runs, source->tables.runs, source, PLAN_ROW_BY_ROW};
	Datum		values[NEW_ARGS];
	bool		isnull[NEW_COLUMNS];
	char		nulls[NEW_ARGS];
	List	   *begun = NIL;
	uint64		rows;
	ListCell   *cell;

	if (one)
		values_of_run(linitial(new_runs), values, isnull);
	else
		arrays_of_runs(new_runs, values, isnull);
	for (int i = 0; i < NEW_COLUMNS; i++)
		nulls[i] = isnull[i] ? 'n' : ' ';
	values[NEW_WORKER] = PointerGetDatum(worker);
	nulls[NEW_WORKER] = worker != NULL ? ' ' : 'n';
	values[NEW_TIME] = TimestampTzGetDatum(source->now);
	nulls[NEW_TIME] = ' ';
	rows = plan_execute(&plan, values, nulls, false);
	if (rows == (uint64) list_length(new_runs))
		return new_runs;
	foreach(cell, new_runs)
	{
		NewRun	   *new = lfirst(cell);

		if (is_among_first(rows, new->run))
			begun = lappend(begun, new);
	}
	return begun;
}

static void
build_start(PlanText *stmt, const void *subject)
{
	const LaneSource *source = subject;

	plan_add_arg(stmt, TEXTARRAYOID);
	plan_add_arg(stmt, TIMESTAMPTZOID);
	appendStringInfo(&stmt->sql, "UPDATE %s SET processing_at = " JOB_STAMP("$2")
					 " WHERE id OPERATOR(pg_catalog.=) ANY ($1) AND deleted_at IS NULL AND ",
					 job_relation_name(RelationGetRelid(source->jobs)));
	job_append_derived_status(&stmt->sql);
	appendStringInfoString(&stmt->sql, " OPERATOR(pg_catalog.=) 'confirmed'::batch_job.status"
						   " RETURNING id::pg_catalog.text, ");
	job_append_row(&stmt->sql);
}

typedef struct Start
{
	const LaneSource *source;
	List	   *new_runs;		/* NewRun *, of confirmed jobs, sorted by compare_jobs */
	uint64		started;
} Start;

static int
compare_jobs(const ListCell *a, const ListCell *b)
{
	return compare(((const NewRun *) lfirst(a))->found->id, ((const NewRun *) lfirst(b))->found->id);
}

/* Searches runs sorted by compare_jobs; NULL if there is no such run. */
static NewRun *
find_run(List *new_runs, const text *id)
{
	int			from = 0;
	int			to = list_length(new_runs);

	while (from < to)
	{
		int			middle = from + (to - from) / 2;
		NewRun	   *new = list_nth(new_runs, middle);
		int			order = compare(id, new->found->id);

		if (order == 0)
			return new;
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

/* False if a trigger has given the job another id. */
static bool
take_job(List *new_runs, uint64 row)
{
	bool		isnull;
	NewRun	   *new = find_run(new_runs, DatumGetTextPP(plan_value(row, 1, &isnull)));

	if (new != NULL)
		new->job = plan_value(row, 2, &isnull);
	return new != NULL;
}

static void
update_jobs(void *argument)
{
	Start	   *start = argument;
	Oid			jobs = RelationGetRelid(start->source->jobs);
	Statement	plan = {build_start, NULL, jobs, jobs, start->source, PLAN_ROW_BY_ROW};
	Values		ids = values_of_type(TEXTOID);
	uint64		rows;
	ListCell   *cell;

	foreach(cell, start->new_runs)
		add_text(&ids, ((NewRun *) lfirst(cell))->found->id);
	rows = plan_execute(&plan, (Datum[]) {array_of(&ids), TimestampTzGetDatum(start->source->now)}, NULL, false);
	for (uint64 row = 0; row < rows; row++)
		start->started += take_job(start->new_runs, row);
}

/* The details of the jobs' events; none if the table has no events. */
static void
set_details(Running *call, const Start *start, List *new_runs, text *worker)
{
	RunningDetail *details = palloc(list_length(new_runs) * sizeof *details);
	ListCell   *cell;

	if (!OidIsValid(event_table_of(start->source->jobs)))
		return;
	foreach(cell, new_runs)
	{
		const NewRun *new = lfirst(cell);
		RunningDetail *detail = &details[foreach_current_index(cell)];

		detail->id = new->found->id;
		detail->detail = run_event_detail(new->run, new->found->attempt, worker);
	}
	call->details = details;
	call->ndetails = list_length(new_runs);
}

static bool
is_confirmed(const NewRun *new)
{
	return new->found->kind == LANE_CONFIRMED ||
		(new->found->kind == LANE_WAITING && job_row_status(new->job) == JOB_STATUS_CONFIRMED);
}

/* Sets confirmed jobs to processing.  Error: 42501. */
static void
start_jobs(const LaneSource *source, List *new_runs, text *worker)
{
	Start		start = {source, NIL};
	Running		call = {.kind = RUNNING_CALL, .table = RelationGetRelid(source->jobs), .event = JOB_EVENT_PROCESSING};
	ListCell   *cell;

	foreach(cell, new_runs)
	{
		NewRun	   *new = lfirst(cell);

		if (is_confirmed(new))
			start.new_runs = lappend(start.new_runs, new);
	}
	if (start.new_runs == NIL)
		return;
	list_sort(start.new_runs, compare_jobs);	/* in index order, for the search for details */
	set_details(&call, &start, start.new_runs, worker);
	running_do(&call, update_jobs, &start);
	if (start.started < (uint64) list_length(start.new_runs))
		job_not_changed(source->jobs, ((NewRun *) linitial(start.new_runs))->found->id);
}

/*
 * runs_begin
 *		Begins runs of jobs (FoundJob *), each with its own lease, and starts
 *		those that are confirmed.  Returns NewRun *, without the jobs that
 *		somebody else has just claimed.  The caller is connected to SPI.
 *
 * Errors: 42501 a policy or trigger kept a job from being changed; those of
 * the statements.
 */
List *
runs_begin(const LaneSource *source, List *found, const TimestampTz *leases, text *worker)
{
	List	   *new_runs = NIL;
	ListCell   *cell;

	runs_end_waiting(source, found);
	foreach(cell, found)
	{
		NewRun	   *new = palloc0(sizeof(NewRun));

		new->found = lfirst(cell);
		new->run = run_new_token();
		new->lease_until = leases[foreach_current_index(cell)];
		new->job = new->found->job;
		new_runs = lappend(new_runs, new);
	}
	new_runs = insert(source, new_runs, worker);
	start_jobs(source, new_runs, worker);
	return new_runs;
}
