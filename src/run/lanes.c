/*
 * lanes.c
 *	  The order in which jobs are claimed: by priority, then by the time since
 *	  when they have been due.
 *
 * Each kind and type of jobs that can be taken forms a lane: a range of an
 * index in which they are in this order.  A claim merges its lanes.  All it
 * knows of a lane is that there is nothing to take before some position, which
 * is where a job was found or seen.
 *
 * These positions are remembered for a second.  While another session holds an
 * old snapshot, the index entries of jobs that were taken cannot be removed,
 * and a claim that started at the head of the index would have to scan past
 * all of them again.  A claim that finds nothing looks at all lanes from their
 * beginning; this also happens once a second in any case, to find jobs that
 * were added before the position, but less often if that look has to read many
 * pages: many workers would else do nothing but look.
 */
#include "run/lanes.h"

#include "catalog/pg_type.h"
#include "executor/instrument.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/plan.h"
#include "base/session.h"
#include "job/created_by.h"
#include "run/queue_columns.h"
#include "run/type_settings.h"

#define REMEMBERED_FOR	USECS_PER_SEC
#define REMEMBERED_AT_MOST	(10 * USECS_PER_SEC)

/* A look at all lanes that reads more pages is made less than once a second. */
#define PAGES_A_SECOND	1000

/* The priority of a lane whose head is not known yet. */
#define NOT_OPEN		PG_INT64_MIN

/* How many different sets of types one session may claim in turn. */
#define REMEMBERED		8

struct Lanes
{
	MemoryContext memory;
	char	   *asked;			/* see what_is_asked */
	TimestampTz opened_at;
	TimestampTz remembered_for;
	List	   *lanes;
};

static Lanes remembered[REMEMBERED];
static int	next_remembered = 0;

static bool
has_priorities(const LaneSource *source, LaneKind kind)
{
	return kind == LANE_WAITING || queue_priority_column(source->jobs) != NULL;
}

/*
 * Runs a statement on a lane; its rows are in SPI_tuptable until the caller
 * disconnects.
 */
static uint64
run(const LaneSource *source, LaneKind kind, bool by_owner, bool has_owner, PlanBuilder builder,
	const Datum *values, const char *nulls)
{
	LaneStatement lane = {source, kind, by_owner, has_owner};
	Oid			jobs = RelationGetRelid(source->jobs);
	Statement	plan = {builder, (const void *) (uintptr_t) (kind << 2 | by_owner << 1 | has_owner), jobs,
		kind == LANE_WAITING ? source->tables.runs : jobs, &lane, PLAN_ROW_BY_ROW};

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

/* Sets the position, which the next job is at or after. */
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

/* Moves to the next priority in the lane, or to its end. */
static void
next_priority(Lane *lane, const LaneSource *source)
{
	Datum		values[LANE_ARGS];
	char		nulls[LANE_ARGS];
	bool		is_only_one = lane->priority != NOT_OPEN && !has_priorities(source, lane->kind);

	set_lane(source, lane, values, nulls);
	if (!is_only_one && run(source, lane->kind, lane->by_owner, lane->owner != NULL, lane_build_head, values, nulls) > 0)
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

/* The owner of a waiting job is not known until it has been found. */
static bool
is_by_owner(const LaneSource *source, LaneKind kind, text *type)
{
	ListCell   *cell;

	if (kind == LANE_WAITING)
		return false;
	foreach(cell, source->by_owner)
		if (type_is(type, lfirst(cell)))
			return true;
	return false;
}

/* Opens a lane for each owner, and one for jobs without an owner. */
static void
open_by_owner(Lanes *lanes, const LaneSource *source, LaneKind kind, text *type)
{
	Datum		values[LANE_ARGS];
	char		nulls[LANE_ARGS];
	SPITupleTable *heads;
	uint64		rows;

	no_arguments(values, nulls);
	set_argument(values, nulls, ARG_TYPE, PointerGetDatum(type));
	rows = run(source, kind, true, true, lane_build_walk, values, nulls);
	heads = SPI_tuptable;
	for (uint64 row = 0; row < rows; row++)
		move_to_head(add_lane(lanes, kind, type, true, text_at(row, 3)), row);
	SPI_freetuptable(heads);
	next_priority(add_lane(lanes, kind, type, true, NULL), source);
}

/* Opens the lanes of all types that have jobs, found by a loose index scan. */
static void
open_types_there(Lanes *lanes, const LaneSource *source, LaneKind kind)
{
	Datum		values[LANE_ARGS];
	char		nulls[LANE_ARGS];
	SPITupleTable *heads;
	List	   *by_owner = NIL;
	uint64		rows;
	ListCell   *cell;

	no_arguments(values, nulls);
	rows = run(source, kind, false, false, lane_build_walk, values, nulls);
	heads = SPI_tuptable;
	for (uint64 row = 0; row < rows; row++)
	{
		text	   *type = text_at(row, 3);

		if (is_by_owner(source, kind, type))
			by_owner = lappend(by_owner, type);
		else
			move_to_head(add_lane(lanes, kind, type, false, NULL), row);
	}
	foreach(cell, by_owner)
		open_by_owner(lanes, source, kind, lfirst(cell));
	SPI_freetuptable(heads);
}

/* Does the value after the first count values equal one of them? */
static bool
is_among_first(const Datum *values, int count)
{
	for (int i = 0; i < count; i++)
		if (datumIsEqual(values[i], values[count], false, -1))
			return true;
	return false;
}

/* The types asked for, without duplicates. */
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

static void
open_types_asked_for(Lanes *lanes, const LaneSource *source, LaneKind kind)
{
	ListCell   *cell;

	foreach(cell, types_asked_for(source))
	{
		text	   *type = lfirst(cell);

		if (is_by_owner(source, kind, type))
			open_by_owner(lanes, source, kind, type);
		else
			next_priority(add_lane(lanes, kind, type, false, NULL), source);
	}
}

/* Identifies a set of lanes. */
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

/* By this session so far. */
static int64
pages_read(void)
{
	return pgBufferUsage.shared_blks_hit + pgBufferUsage.shared_blks_read;
}

/*
 * lanes_open
 *		Finds all lanes anew, each at its beginning.  The caller is connected
 *		to SPI.
 */
void
lanes_open(Lanes *lanes, const LaneSource *source)
{
	int64		pages = pages_read();

	lanes->opened_at = DT_NOBEGIN;	/* until all lanes are open */
	lanes->asked = NULL;
	lanes->lanes = NIL;
	MemoryContextReset(lanes->memory);
	lanes->asked = MemoryContextStrdup(lanes->memory, what_is_asked(source));
	for (int kind = 0; kind < LANE_KINDS; kind++)
	{
		if (!(source->kinds & (1 << kind)))
			continue;
		if (source->types != NULL)
			open_types_asked_for(lanes, source, kind);
		else
			open_types_there(lanes, source, kind);
	}
	pages = pages_read() - pages;
	lanes->remembered_for = Min(Max(pages * USECS_PER_SEC / PAGES_A_SECOND, REMEMBERED_FOR), REMEMBERED_AT_MOST);
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
 *		The lanes for what a worker asks for; *fresh is set if they are at
 *		their beginning.  The caller is connected to SPI.
 */
Lanes *
lanes_of(const LaneSource *source, bool *fresh)
{
	char	   *asked = what_is_asked(source);
	Lanes	   *lanes = NULL;

	for (int i = 0; i < REMEMBERED && lanes == NULL; i++)
		if (remembered[i].asked != NULL && strcmp(remembered[i].asked, asked) == 0)
			lanes = &remembered[i];
	/* the clock may have gone back, too */
	*fresh = lanes == NULL || lanes->opened_at > source->now ||
		lanes->opened_at < source->now - lanes->remembered_for;
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
 *		The lane to take the next job from, or NULL if there is none; *before
 *		is the time up to which its jobs come before those of other lanes.
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

/* Makes a FoundJob of a row; its values are valid until the caller disconnects. */
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
 * Moves to the next job after the position.  It must be a job, and not just a
 * time before which there is none: lanes that knew only such times of each
 * other would overtake one another in steps of a microsecond.
 */
static void
next_job(Lane *lane, const LaneSource *source)
{
	Datum		values[LANE_ARGS];
	char		nulls[LANE_ARGS];

	set_position(source, lane, values, nulls);
	if (run(source, lane->kind, lane->by_owner, lane->owner != NULL, lane_build_next, values, nulls) > 0)
		move_to_head(lane, 0);
	else
		lane->exhausted = true;
}

/* Moves behind the last row found, or to the next job. */
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
 *		Finds and locks up to max jobs of a lane: FoundJob *, in order.  Jobs
 *		that others have locked are skipped.  An empty result only means that
 *		the lane has advanced.  The caller is connected to SPI.
 */
List *
lane_find(Lane *lane, const LaneSource *source, Datum excluded, TimestampTz before, int max)
{
	Datum		values[LANE_ARGS];
	char		nulls[LANE_ARGS];
	List	   *found = NIL;
	uint64		rows;

	if (lane->due > source->now)	/* all jobs of this priority are due later */
	{
		next_priority(lane, source);
		return NIL;
	}
	set_position(source, lane, values, nulls);
	set_argument(values, nulls, ARG_BEFORE, TimestampTzGetDatum(before));
	set_argument(values, nulls, ARG_MAX, Int64GetDatum(max));
	if (excluded != (Datum) 0)
		set_argument(values, nulls, ARG_EXCLUDED, excluded);
	set_argument(values, nulls, ARG_PREPARES, BoolGetDatum(source->kinds & (1 << LANE_CREATED)));
	set_argument(values, nulls, ARG_WORKS, BoolGetDatum(source->kinds & (1 << LANE_CONFIRMED)));
	rows = run(source, lane->kind, lane->by_owner, lane->owner != NULL,
			   lane->kind == LANE_WAITING ? lane_build_find_waiting : lane_build_find, values, nulls);
	for (uint64 row = 0; row < rows; row++)
		found = lappend(found, found_job(lane->kind, row));
	move_on(lane, source, before, rows, rows < max);
	return found;
}
