/*
 * lanes.c
 *	  The order in which jobs are claimed: by priority, then by the time since
 *	  which they are due.
 *
 * Each kind and type of jobs that can be taken is a lane: a range of an index
 * in which they stand in this order.  A claim merges its lanes.  It knows of a
 * lane only that nothing is to be taken before some position, which is where a
 * job was found or seen.
 *
 * These positions are remembered for a second.  While another session holds an
 * old snapshot the entries of jobs that were taken cannot be removed from the
 * index, and a claim that began at its head would pass over all of them again.
 * When a claim finds nothing, it looks at all lanes from their beginning; and
 * once a second in any case, for jobs that have come in before the position.
 */
#include "run/lanes.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/plan.h"
#include "base/session.h"
#include "job/columns.h"
#include "job/created_by.h"
#include "job/job_table.h"
#include "run/queue_columns.h"

#define REMEMBERED_FOR	USECS_PER_SEC

/* The priority of a lane whose head is not known yet. */
#define NOT_OPEN		PG_INT64_MIN

/* As many sets of types as one session asks for in turn. */
#define REMEMBERED		8

struct Lanes
{
	MemoryContext memory;
	char	   *asked;			/* see what_is_asked */
	TimestampTz opened_at;
	List	   *lanes;
};

static Lanes remembered[REMEMBERED];
static int	next_remembered = 0;

/* What a statement of a lane is written for. */
typedef struct LaneStatement
{
	const LaneSource *source;
	LaneKind	kind;
	bool		by_owner;
	bool		has_owner;		/* if so, created_by is not NULL */
} LaneStatement;

/* Parameters, from $1 on, the same in all of them. */
enum
{
	ARG_TYPE,
	ARG_PRIORITY,
	ARG_DUE,
	ARG_ID,
	ARG_BEFORE,
	ARG_MAX,
	ARG_OWNER,
	ARG_EXCLUDED,				/* owners that are left out */
	ARG_PREPARES,				/* created jobs are wanted */
	ARG_WORKS,					/* and those that are confirmed */
	LANE_ARGS
};

/* By what the jobs of a lane are ordered, in the order of their index. */
typedef enum LanePart
{
	PART_STATUS,
	PART_TYPE,
	PART_OWNER,
	PART_PRIORITY,
	PART_DUE,
	PART_ID
} LanePart;

#define LANE_PARTS	(PART_ID + 1)

static const char *const statuses[LANE_KINDS] = {
	[LANE_CONFIRMED] = "'confirmed'::batch_job.status",
	[LANE_CREATED] = "'created'::batch_job.status",
};

static bool
has_priorities(const LaneSource *source, LaneKind kind)
{
	return kind == LANE_WAITING || queue_priority_column(source->jobs) != NULL;
}

/* The columns, NULL where a lane has none, and what they are compared with. */
typedef struct LaneKey
{
	const char *columns[LANE_PARTS];
	const char *values[LANE_PARTS];
} LaneKey;

static LaneKey
key_of(const LaneStatement *lane)
{
	LaneKey		key = {
		{NULL, "r.type", NULL, "r.priority", "r.retry_at", "r.job_id"},
		{statuses[lane->kind], "$1", "$7", "$2", "$3", "$4"}
	};
	Relation	jobs = lane->source->jobs;

	if (lane->kind == LANE_WAITING)
		return key;
	key.columns[PART_STATUS] = "j.status";
	key.columns[PART_TYPE] = "j.type";
	key.columns[PART_OWNER] = lane->has_owner ? "j.created_by" : NULL;
	key.columns[PART_PRIORITY] = queue_priority_column(jobs);
	key.columns[PART_DUE] = queue_due(jobs);
	key.columns[PART_ID] = "j.id";
	return key;
}

/* "a, b, ..." */
static void
append_list(StringInfo sql, const LaneKey *key, const char *const *items, LanePart first, LanePart last)
{
	const char *separator = "";

	for (int part = first; part <= (int) last; part++)
	{
		if (key->columns[part] == NULL)
			continue;
		appendStringInfo(sql, "%s%s", separator, items[part]);
		separator = ", ";
	}
}

/*
 * " AND column = value ...".  A scan of an index ends where such a condition ends
 * it; from a comparison of rows it takes only where to begin, and goes on over
 * all of other types where few have been found.
 */
static void
append_equal(StringInfo sql, const LaneKey *key, LanePart first, LanePart last)
{
	for (int part = first; part <= (int) last; part++)
		if (key->columns[part] != NULL)
			appendStringInfo(sql, " AND %s OPERATOR(pg_catalog.=) %s", key->columns[part], key->values[part]);
}

/* " AND ROW(columns) > ROW(values)": where a scan begins. */
static void
append_behind(StringInfo sql, const LaneKey *key, LanePart first, LanePart last)
{
	appendStringInfoString(sql, " AND ROW(");
	append_list(sql, key, key->columns, first, last);
	appendStringInfoString(sql, ") OPERATOR(pg_catalog.>) ROW(");
	append_list(sql, key, key->values, first, last);
	appendStringInfoChar(sql, ')');
}

static void
append_order(StringInfo sql, const LaneStatement *lane)
{
	LaneKey		key = key_of(lane);

	if (lane->by_owner)
		key.columns[PART_OWNER] = "j.created_by";
	appendStringInfoString(sql, " ORDER BY ");
	append_list(sql, &key, key.columns, PART_STATUS, PART_ID);
}

/* " FROM ... WHERE ...": jobs that can be taken, in words that the partial indexes understand. */
static void
append_source(StringInfo sql, const LaneStatement *lane)
{
	const LaneSource *source = lane->source;
	const char *jobs = job_relation_name(RelationGetRelid(source->jobs));
	const char *runs = job_relation_name(source->tables.runs);

	if (lane->kind == LANE_WAITING)
		appendStringInfo(sql, " FROM %s r WHERE r.state OPERATOR(pg_catalog.=) 'waiting'::batch_job.run_state", runs);
	else
		appendStringInfo(sql, " FROM %s j WHERE j.deleted_at IS NULL"
						 " AND j.status OPERATOR(pg_catalog.<) 'completed'::batch_job.status", jobs);
}

/* All jobs of a lane. */
static void
append_lane(StringInfo sql, const LaneStatement *lane)
{
	LaneKey		key = key_of(lane);

	append_source(sql, lane);
	append_equal(sql, &key, PART_STATUS, PART_OWNER);
	if (lane->by_owner && !lane->has_owner)
		appendStringInfoString(sql, " AND j.created_by IS NULL");
}

static const char *
priority_of(const LaneKey *key)
{
	return key->columns[PART_PRIORITY] != NULL ? key->columns[PART_PRIORITY] : "0";
}

static void
add_args(PlanText *stmt, const LaneStatement *lane)
{
	plan_add_arg(stmt, TEXTOID);
	plan_add_arg(stmt, INT8OID);
	plan_add_arg(stmt, TIMESTAMPTZOID);
	plan_add_arg(stmt, TEXTOID);
	plan_add_arg(stmt, TIMESTAMPTZOID);
	plan_add_arg(stmt, INT8OID);
	plan_add_arg(stmt, job_user_type(lane->source->jobs));
	plan_add_arg(stmt, TEXTARRAYOID);
	plan_add_arg(stmt, BOOLOID);
	plan_add_arg(stmt, BOOLOID);
}

/* The first job of the lane with a priority behind $2. */
static void
build_head(PlanText *stmt, const void *subject)
{
	const LaneStatement *lane = subject;
	LaneKey		key = key_of(lane);

	add_args(stmt, lane);
	appendStringInfo(&stmt->sql, "SELECT %s::pg_catalog.int8, %s", priority_of(&key), key.columns[PART_DUE]);
	append_lane(&stmt->sql, lane);
	if (key.columns[PART_PRIORITY] != NULL)
		append_behind(&stmt->sql, &key, PART_PRIORITY, PART_PRIORITY);
	append_order(&stmt->sql, lane);
	appendStringInfoString(&stmt->sql, " LIMIT 1");
}

/* The first job of the lane behind its position, whatever is with it. */
static void
build_next(PlanText *stmt, const void *subject)
{
	const LaneStatement *lane = subject;
	LaneKey		key = key_of(lane);

	add_args(stmt, lane);
	appendStringInfo(&stmt->sql, "SELECT %s::pg_catalog.int8, %s", priority_of(&key), key.columns[PART_DUE]);
	append_lane(&stmt->sql, lane);
	append_behind(&stmt->sql, &key, PART_PRIORITY, PART_ID);
	append_order(&stmt->sql, lane);
	appendStringInfoString(&stmt->sql, " LIMIT 1");
}

/* A step of a walk: the first job with a name behind the one where h is; without h, the first of all. */
static void
append_step(StringInfo sql, const LaneStatement *lane, LanePart part, bool first)
{
	LaneKey		key = key_of(lane);

	appendStringInfo(sql, "SELECT %s AS name, %s::pg_catalog.int8 AS priority, %s AS due",
					 key.columns[part], priority_of(&key), key.columns[PART_DUE]);
	append_source(sql, lane);
	if (part == PART_OWNER)
		appendStringInfoString(sql, " AND j.created_by IS NOT NULL");
	append_equal(sql, &key, PART_STATUS, part - 1);
	key.values[part] = "h.name";
	if (!first)
		append_behind(sql, &key, part, part);
	append_order(sql, lane);
	appendStringInfoString(sql, " LIMIT 1");
}

/* The heads of all types, or of all owners within the type $1, found by skipping from one to the next. */
static void
build_walk(PlanText *stmt, const void *subject)
{
	const LaneStatement *lane = subject;
	LanePart	part = lane->by_owner ? PART_OWNER : PART_TYPE;

	add_args(stmt, lane);
	appendStringInfoString(&stmt->sql, "WITH RECURSIVE heads AS ((");
	append_step(&stmt->sql, lane, part, true);
	appendStringInfoString(&stmt->sql, ") UNION ALL SELECT n.name, n.priority, n.due FROM heads h CROSS JOIN LATERAL (");
	append_step(&stmt->sql, lane, part, false);
	appendStringInfoString(&stmt->sql, ") n) SELECT priority, due, name::pg_catalog.text FROM heads");
}

/* Of the priority at the position of the lane, behind it, and due before $5. */
static void
append_due(StringInfo sql, const LaneKey *key)
{
	append_equal(sql, key, PART_PRIORITY, PART_PRIORITY);
	append_behind(sql, key, PART_DUE, PART_ID);
	appendStringInfo(sql, " AND %s OPERATOR(pg_catalog.<) $5", key->columns[PART_DUE]);
}

/*
 * First attempts and preparations.  A run is found by its key and judged on its
 * row, hence IS TRUE: with the index of those that are not over, statistics from
 * a time without runs would have all of them read.  So would a join that was
 * planned when they were few: OFFSET keeps the subquery one.
 */
static void
build_find(PlanText *stmt, const void *subject)
{
	const LaneStatement *lane = subject;
	LaneKey		key = key_of(lane);
	StringInfo	sql = &stmt->sql;

	add_args(stmt, lane);
	appendStringInfo(sql, "SELECT %s::pg_catalog.int8, %s, j.id::pg_catalog.text, j.type::pg_catalog.text,"
					 " j.created_by::pg_catalog.text, ", priority_of(&key), key.columns[PART_DUE]);
	if (lane->kind == LANE_CONFIRMED)
		appendStringInfoString(sql, "NULL::batch_job.batch_job");	/* it changes when it is started */
	else
		job_append_row(sql);
	append_lane(sql, lane);
	append_due(sql, &key);
	appendStringInfo(sql, " AND NOT EXISTS (SELECT FROM %s r WHERE r.job_id OPERATOR(pg_catalog.=) j.id"
					 " AND (r.state OPERATOR(pg_catalog.<>) 'ended'::batch_job.run_state) IS TRUE OFFSET 0)",
					 job_relation_name(lane->source->tables.runs));
	append_order(sql, lane);
	appendStringInfoString(sql, " LIMIT $6 FOR NO KEY UPDATE OF j SKIP LOCKED");
}

/* Further attempts; also runs whose jobs are over, which are to be ended.  Again no join. */
static void
build_find_waiting(PlanText *stmt, const void *subject)
{
	const LaneStatement *lane = subject;
	LaneKey		key = key_of(lane);
	StringInfo	sql = &stmt->sql;

	add_args(stmt, lane);
	appendStringInfoString(sql, "SELECT r.priority, r.retry_at, j.id::pg_catalog.text, r.type, r.created_by, ");
	job_append_row_of(sql, "j.");
	appendStringInfo(sql, ", r.run, r.attempt, r.outcome OPERATOR(pg_catalog.=) 'released'::batch_job.run_outcome,"
					 " r.items_done, r.items_total, r.checkpoint FROM %s r CROSS JOIN LATERAL (SELECT * FROM %s job"
					 " WHERE job.id OPERATOR(pg_catalog.=) r.job_id AND job.deleted_at IS NULL"
					 " AND CASE WHEN job.status OPERATOR(pg_catalog.=) 'created'::batch_job.status THEN $9"
					 " ELSE $10 AND job.status OPERATOR(pg_catalog.<>) 'pre_processed'::batch_job.status END"
					 " FOR NO KEY UPDATE SKIP LOCKED) j"
					 " WHERE r.state OPERATOR(pg_catalog.=) 'waiting'::batch_job.run_state"
					 " AND (r.created_by OPERATOR(pg_catalog.=) ANY ($8)) IS NOT TRUE",
					 job_relation_name(lane->source->tables.runs),
					 job_relation_name(RelationGetRelid(lane->source->jobs)));
	append_equal(sql, &key, PART_TYPE, PART_TYPE);
	append_due(sql, &key);
	append_order(sql, lane);
	appendStringInfoString(sql, " LIMIT $6 FOR NO KEY UPDATE OF r SKIP LOCKED");
}

/* Runs a statement of a lane; its rows are in SPI_tuptable until the caller disconnects. */
static uint64
run(const LaneSource *source, LaneKind kind, bool by_owner, bool has_owner, PlanBuilder builder,
	const Datum *values, const char *nulls)
{
	LaneStatement lane = {source, kind, by_owner, has_owner};
	Oid			jobs = RelationGetRelid(source->jobs);
	Statement	plan = {builder, (const void *) (uintptr_t) (kind << 2 | by_owner << 1 | has_owner), jobs,
		kind == LANE_WAITING ? source->tables.runs : jobs, &lane, true};

	job_status_check_labels();
	return plan_execute(&plan, values, nulls, false);
}

static void
no_arguments(Datum *values, char *nulls)
{
	memset(values, 0, LANE_ARGS * sizeof *values);
	memset(nulls, 'n', LANE_ARGS);
}

static void
set_argument(Datum *values, char *nulls, int argument, Datum value)
{
	values[argument] = value;
	nulls[argument] = ' ';
}

static void
set_lane(const LaneSource *source, const Lane *lane, Datum *values, char *nulls)
{
	no_arguments(values, nulls);
	set_argument(values, nulls, ARG_TYPE, PointerGetDatum(lane->type));
	set_argument(values, nulls, ARG_PRIORITY, Int64GetDatum(lane->priority));
	if (lane->owner != NULL)
		set_argument(values, nulls, ARG_OWNER, job_user_from_text(source->jobs, lane->owner));
}

static void
set_position(const LaneSource *source, const Lane *lane, Datum *values, char *nulls)
{
	set_lane(source, lane, values, nulls);
	set_argument(values, nulls, ARG_DUE, TimestampTzGetDatum(lane->due));
	set_argument(values, nulls, ARG_ID, PointerGetDatum(lane->id));
}

static text *
text_at(uint64 row, int column)
{
	bool		isnull;
	Datum		value = plan_value(row, column, &isnull);

	return isnull ? NULL : DatumGetTextPP(value);
}

/* The next job stands at this place or behind it. */
static void
move_to(Lane *lane, int64 priority, TimestampTz due, const text *id)
{
	MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(lane));
	text	   *copy = id == NULL ? cstring_to_text("") : (text *) DatumGetPointer(datumCopy(PointerGetDatum(id), false, -1));

	pfree(lane->id);
	lane->id = copy;
	lane->priority = priority;
	lane->due = due;
	MemoryContextSwitchTo(old);
}

static void
move_to_head(Lane *lane, uint64 row)
{
	bool		isnull;

	move_to(lane, DatumGetInt64(plan_value(row, 1, &isnull)), DatumGetTimestampTz(plan_value(row, 2, &isnull)), NULL);
}

/* Goes to the next priority that the lane has, or to its end. */
static void
next_priority(Lane *lane, const LaneSource *source)
{
	Datum		values[LANE_ARGS];
	char		nulls[LANE_ARGS];
	bool		is_only_one = lane->priority != NOT_OPEN && !has_priorities(source, lane->kind);

	set_lane(source, lane, values, nulls);
	if (!is_only_one && run(source, lane->kind, lane->by_owner, lane->owner != NULL, build_head, values, nulls) > 0)
		move_to_head(lane, 0);
	else
		lane->exhausted = true;
}

/* Adds a lane whose first job is not known yet. */
static Lane *
add_lane(Lanes *lanes, LaneKind kind, text *type, bool by_owner, text *owner)
{
	MemoryContext old = MemoryContextSwitchTo(lanes->memory);
	Lane	   *lane = palloc0(sizeof(Lane));

	lane->kind = kind;
	lane->type = DatumGetTextPCopy(PointerGetDatum(type));
	lane->by_owner = by_owner;
	lane->owner = owner != NULL ? DatumGetTextPCopy(PointerGetDatum(owner)) : NULL;
	lane->id = cstring_to_text("");
	lane->priority = NOT_OPEN;
	lanes->lanes = lappend(lanes->lanes, lane);
	MemoryContextSwitchTo(old);
	return lane;
}

static bool
has_limit_by_owner(const LaneSource *source, text *type)
{
	ListCell   *cell;

	foreach(cell, source->by_owner)
	{
		char	   *name = lfirst(cell);

		if (strlen(name) == VARSIZE_ANY_EXHDR(type) && memcmp(name, VARDATA_ANY(type), strlen(name)) == 0)
			return true;
	}
	return false;
}

/* A lane for each owner, and one for the jobs of nobody. */
static void
open_by_owner(Lanes *lanes, const LaneSource *source, LaneKind kind, text *type)
{
	Datum		values[LANE_ARGS];
	char		nulls[LANE_ARGS];
	SPITupleTable *heads;
	uint64		rows;

	no_arguments(values, nulls);
	set_argument(values, nulls, ARG_TYPE, PointerGetDatum(type));
	rows = run(source, kind, true, true, build_walk, values, nulls);
	heads = SPI_tuptable;
	for (uint64 row = 0; row < rows; row++)
		move_to_head(add_lane(lanes, kind, type, true, text_at(row, 3)), row);
	SPI_freetuptable(heads);
	next_priority(add_lane(lanes, kind, type, true, NULL), source);
}

static void
open_type(Lanes *lanes, const LaneSource *source, LaneKind kind, text *type)
{
	if (kind != LANE_WAITING && has_limit_by_owner(source, type))
		open_by_owner(lanes, source, kind, type);
	else
		next_priority(add_lane(lanes, kind, type, false, NULL), source);
}

/* The types of which there are jobs, found by skipping from one to the next. */
static List *
types_there(const LaneSource *source, LaneKind kind)
{
	Datum		values[LANE_ARGS];
	char		nulls[LANE_ARGS];
	uint64		rows;
	List	   *types = NIL;

	no_arguments(values, nulls);
	rows = run(source, kind, false, false, build_walk, values, nulls);
	for (uint64 row = 0; row < rows; row++)
		types = lappend(types, text_at(row, 3));
	return types;
}

/* Is the value behind the first count ones one of them? */
static bool
is_among_first(const Datum *values, int count)
{
	for (int i = 0; i < count; i++)
		if (datumIsEqual(values[i], values[count], false, -1))
			return true;
	return false;
}

/* Each once. */
static List *
types_asked_for(const LaneSource *source)
{
	List	   *types = NIL;
	Datum	   *elements;
	int			count;

	deconstruct_array(source->types, TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, &count);
	for (int i = 0; i < count; i++)
		if (!is_among_first(elements, i))
			types = lappend(types, DatumGetTextPP(elements[i]));
	return types;
}

/* What tells one set of lanes from another. */
static char *
what_is_asked(const LaneSource *source)
{
	StringInfoData asked;
	ListCell   *cell;

	initStringInfo(&asked);
	appendStringInfo(&asked, "%u %d", RelationGetRelid(source->jobs), source->kinds);
	if (source->types != NULL)
		appendStringInfoString(&asked, " of");
	foreach(cell, source->types != NULL ? types_asked_for(source) : NIL)
		appendStringInfo(&asked, " %s", quote_literal_cstr(text_to_cstring(lfirst(cell))));
	appendStringInfoString(&asked, " by owner");
	foreach(cell, source->by_owner)
		appendStringInfo(&asked, " %s", quote_literal_cstr(lfirst(cell)));
	return asked.data;
}

/*
 * lanes_open
 *		Finds all lanes anew, each at its beginning.  The caller is connected to
 *		SPI.
 */
void
lanes_open(Lanes *lanes, const LaneSource *source)
{
	lanes->opened_at = DT_NOBEGIN;	/* until all of them are there */
	lanes->asked = NULL;
	lanes->lanes = NIL;
	MemoryContextReset(lanes->memory);
	lanes->asked = MemoryContextStrdup(lanes->memory, what_is_asked(source));
	for (int kind = 0; kind < LANE_KINDS; kind++)
	{
		ListCell   *cell;

		if (!(source->kinds & (1 << kind)))
			continue;
		foreach(cell, source->types != NULL ? types_asked_for(source) : types_there(source, kind))
			open_type(lanes, source, kind, lfirst(cell));
	}
	lanes->opened_at = source->now;
}

static Lanes *
forget_oldest(void)
{
	Lanes	   *lanes = &remembered[next_remembered];

	next_remembered = (next_remembered + 1) % REMEMBERED;
	if (lanes->memory == NULL)
		lanes->memory = AllocSetContextCreate(batch_job_memory(), "batch_job lanes", ALLOCSET_SMALL_SIZES);
	return lanes;
}

/*
 * lanes_of
 *		The lanes of what a worker asks for; *fresh: they stand at their
 *		beginning.  Same callers.
 */
Lanes *
lanes_of(const LaneSource *source, bool *fresh)
{
	char	   *asked = what_is_asked(source);
	Lanes	   *lanes = NULL;

	for (int i = 0; i < REMEMBERED && lanes == NULL; i++)
		if (remembered[i].asked != NULL && strcmp(remembered[i].asked, asked) == 0)
			lanes = &remembered[i];
	/* the clock may have stepped back, too */
	*fresh = lanes == NULL || lanes->opened_at > source->now ||
		lanes->opened_at < source->now - REMEMBERED_FOR;
	if (lanes == NULL)
		lanes = forget_oldest();
	if (*fresh)
		lanes_open(lanes, source);
	return lanes;
}

List *
lanes_all(const Lanes *lanes)
{
	return lanes->lanes;
}

static bool
is_before(const Lane *a, const Lane *b)
{
	return a->priority != b->priority ? a->priority < b->priority : a->due < b->due;
}

/*
 * lanes_next
 *		The lane from which to take the next job, NULL when there is none; and
 *		up to which time its jobs come before those of other lanes.
 */
Lane *
lanes_next(const Lanes *lanes, TimestampTz now, TimestampTz *before)
{
	Lane	   *best = NULL;
	ListCell   *cell;

	foreach(cell, lanes->lanes)
	{
		Lane	   *lane = lfirst(cell);

		if (!lane->exhausted && !lane->closed && (best == NULL || is_before(lane, best)))
			best = lane;
	}
	*before = now + 1;
	if (best == NULL || best->due > now)
		return best;
	foreach(cell, lanes->lanes)
	{
		Lane	   *lane = lfirst(cell);

		if (lane != best && !lane->exhausted && !lane->closed && lane->priority == best->priority)
			*before = Min(*before, Max(lane->due, best->due + 1));
	}
	return best;
}

static int16
next_attempt(uint64 row)
{
	bool		isnull;
	int16		attempt = DatumGetInt16(plan_value(row, 8, &isnull));

	return DatumGetBool(plan_value(row, 9, &isnull)) ? attempt : attempt + 1;
}

/* The row as a job; the values stay until the caller disconnects. */
static FoundJob *
found_job(LaneKind kind, uint64 row)
{
	FoundJob   *found = palloc0(sizeof(FoundJob));
	bool		isnull;

	found->kind = kind;
	found->priority = DatumGetInt64(plan_value(row, 1, &isnull));
	found->id = text_at(row, 3);
	found->type = text_at(row, 4);
	found->owner = text_at(row, 5);
	found->job = plan_value(row, 6, &isnull);
	found->attempt = 1;
	found->items_done.isnull = found->items_total.isnull = found->checkpoint.isnull = true;
	if (kind != LANE_WAITING)
		return found;
	found->run = text_at(row, 7);
	found->attempt = next_attempt(row);
	found->items_done.value = plan_value(row, 10, &found->items_done.isnull);
	found->items_total.value = plan_value(row, 11, &found->items_total.isnull);
	found->checkpoint.value = plan_value(row, 12, &found->checkpoint.isnull);
	return found;
}

/*
 * Goes to the next job behind the position.  That it is a job, and not just a
 * time before which there is none, matters: lanes that knew only such times of
 * each other would pass one another in steps of a microsecond.
 */
static void
next_job(Lane *lane, const LaneSource *source)
{
	Datum		values[LANE_ARGS];
	char		nulls[LANE_ARGS];

	set_position(source, lane, values, nulls);
	if (run(source, lane->kind, lane->by_owner, lane->owner != NULL, build_next, values, nulls) > 0)
		move_to_head(lane, 0);
	else
		lane->exhausted = true;
}

/* Behind the last row that was found, or where the next one is. */
static void
move_on(Lane *lane, const LaneSource *source, TimestampTz before, uint64 rows, bool are_all)
{
	bool		isnull;

	if (!are_all)
		move_to(lane, lane->priority, DatumGetTimestampTz(plan_value(rows - 1, 2, &isnull)), text_at(rows - 1, 3));
	else if (before <= source->now)
	{
		move_to(lane, lane->priority, before, NULL);
		next_job(lane, source);
	}
	else
		next_priority(lane, source);
}

/*
 * lane_find
 *		Up to max jobs of a lane, locked: FoundJob *, in their order.  Those that
 *		others have locked are passed over.  None says nothing but that the lane
 *		has moved on.  The caller is connected to SPI.
 */
List *
lane_find(Lane *lane, const LaneSource *source, Datum excluded, TimestampTz before, int max)
{
	Datum		values[LANE_ARGS];
	char		nulls[LANE_ARGS];
	List	   *found = NIL;
	uint64		rows;

	if (lane->due > source->now)	/* all of this priority are for later */
	{
		next_priority(lane, source);
		return NIL;
	}
	set_position(source, lane, values, nulls);
	set_argument(values, nulls, ARG_BEFORE, TimestampTzGetDatum(before));
	set_argument(values, nulls, ARG_MAX, Int64GetDatum(max));
	set_argument(values, nulls, ARG_EXCLUDED, excluded);
	set_argument(values, nulls, ARG_PREPARES, BoolGetDatum(source->kinds & (1 << LANE_CREATED)));
	set_argument(values, nulls, ARG_WORKS, BoolGetDatum(source->kinds & (1 << LANE_CONFIRMED)));
	rows = run(source, lane->kind, lane->by_owner, lane->owner != NULL,
			   lane->kind == LANE_WAITING ? build_find_waiting : build_find, values, nulls);
	for (uint64 row = 0; row < rows; row++)
		found = lappend(found, found_job(lane->kind, row));
	move_on(lane, source, before, rows, rows < max);
	return found;
}
