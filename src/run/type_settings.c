/*
 * type_settings.c
 *	  The settings of job types, and how many more jobs of a type may run.
 *
 * Limits are exact because every claim of jobs of a type locks the row with
 * its limits, and then counts the running jobs in another statement: a single
 * statement would count with a snapshot older than its lock.  No counter is
 * stored, so none can drift.
 */
#include "run/type_settings.h"

#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "base/plan.h"
#include "job/job_table.h"

#define LIMITS	"type, max_running, max_running_per_owner"

static int32
limit_at(uint64 row, int column)
{
	bool		isnull;
	Datum		value = plan_value(row, column, &isnull);

	return isnull ? NO_LIMIT : DatumGetInt32(value);
}

static Interval *
interval_at(uint64 row, int column)
{
	bool		isnull;
	Datum		value = plan_value(row, column, &isnull);

	return isnull ? NULL : DatumGetIntervalP(value);
}

static TypeSettings *
settings_at(uint64 row)
{
	TypeSettings *settings = palloc0(sizeof(TypeSettings));
	bool		isnull;

	settings->type = TextDatumGetCString(plan_value(row, 1, &isnull));
	settings->max_running = limit_at(row, 2);
	settings->max_running_per_owner = limit_at(row, 3);
	settings->paused = DatumGetBool(plan_value(row, 4, &isnull));
	settings->max_attempts = DatumGetInt16(plan_value(row, 5, &isnull));
	if (isnull)
		settings->max_attempts = DEFAULT_MAX_ATTEMPTS;
	settings->lease = interval_at(row, 6);
	settings->backoff = interval_at(row, 7);
	settings->backoff_max = interval_at(row, 8);
	return settings;
}

static void
build_read(PlanText *stmt, const void *subject)
{
	const RunTables *tables = subject;

	plan_add_arg(stmt, TEXTARRAYOID);
	appendStringInfo(&stmt->sql, "SELECT " LIMITS ", paused, max_attempts, lease, backoff, backoff_max FROM %s"
					 " WHERE $1 IS NULL OR type OPERATOR(pg_catalog.=) ANY ($1)",
					 type_table_name(tables));
}

/*
 * Most tables have no settings at all, and reading them costs as much as a
 * tenth of a claim.
 */
static bool
has_none(Oid types)
{
	Relation	rel = table_open(types, NoLock);
	bool		none = RELKIND_HAS_STORAGE(rel->rd_rel->relkind) && RelationGetNumberOfBlocks(rel) == 0;

	table_close(rel, NoLock);
	return none;
}

/*
 * type_settings_read
 *		The settings of these types, or of all: TypeSettings *, for those that
 *		have any.  The caller is connected to SPI, here and below, and has
 *		locked the tables.
 */
List *
type_settings_read(const RunTables *tables, ArrayType *types)
{
	Statement	plan = {build_read, NULL, tables->types, tables->types, tables};
	Datum		values[] = {PointerGetDatum(types)};
	List	   *read = NIL;
	uint64		rows;

	if (has_none(tables->types))
		return NIL;
	rows = plan_execute(&plan, values, types != NULL ? " " : "n", false);
	for (uint64 row = 0; row < rows; row++)
		read = lappend(read, settings_at(row));
	return read;
}

/* NULL if the type has none. */
TypeSettings *
type_settings_read_one(const RunTables *tables, const text *type)
{
	Datum		name = PointerGetDatum(type);
	List	   *read = type_settings_read(tables, construct_array(&name, 1, TEXTOID, -1, false, TYPALIGN_INT));

	return read != NIL ? linitial(read) : NULL;
}

bool
type_is(const text *type, const char *name)
{
	size_t		size = strlen(name);

	return size == VARSIZE_ANY_EXHDR(type) && memcmp(name, VARDATA_ANY(type), size) == 0;
}

/* Finds a type in settings that have been read; NULL if it has none. */
TypeSettings *
type_settings_of(List *settings, const text *type)
{
	ListCell   *cell;

	foreach(cell, settings)
	{
		TypeSettings *candidate = lfirst(cell);

		if (type_is(type, candidate->type))
			return candidate;
	}
	return NULL;
}

int16
type_max_attempts(const TypeSettings *settings)
{
	return settings != NULL ? settings->max_attempts : DEFAULT_MAX_ATTEMPTS;
}

bool
type_has_limit(const TypeSettings *settings)
{
	return settings->max_running != NO_LIMIT || settings->max_running_per_owner != NO_LIMIT;
}

/* Per owner, including jobs without one. */
static void
build_count(PlanText *stmt, const void *subject)
{
	const RunTables *tables = subject;

	plan_add_arg(stmt, TEXTOID);
	appendStringInfo(&stmt->sql, "SELECT pg_catalog.count(*), created_by FROM %s"
					 " WHERE state OPERATOR(pg_catalog.=) 'running'::batch_job.run_state"
					 " AND type OPERATOR(pg_catalog.=) $1 GROUP BY created_by",
					 run_table_name(tables));
}

/* Counts the runs of a type that are running now, by the latest snapshot. */
void
type_settings_count(const RunTables *tables, TypeSettings *settings)
{
	Statement	plan = {build_count, NULL, tables->runs, tables->runs, tables, PLAN_ROW_BY_ROW};
	Datum		values[] = {CStringGetTextDatum(settings->type)};
	uint64		rows = plan_look(&plan, values, NULL);

	settings->running = 0;
	settings->owners = NIL;
	for (uint64 row = 0; row < rows; row++)
	{
		OwnerRunning *owner = palloc(sizeof(OwnerRunning));
		bool		isnull;
		Datum		created_by = plan_value(row, 2, &isnull);

		owner->owner = isnull ? NULL : DatumGetTextPP(created_by);
		owner->running = DatumGetInt64(plan_value(row, 1, &isnull));
		settings->running += owner->running;
		if (owner->owner != NULL)
			settings->owners = lappend(settings->owners, owner);
	}
}

/* All sessions lock in the same order, which prevents deadlocks. */
static void
append_lock(PlanText *stmt, const RunTables *tables, const char *if_locked)
{
	plan_add_arg(stmt, TEXTARRAYOID);
	appendStringInfo(&stmt->sql, "SELECT " LIMITS " FROM %s WHERE type OPERATOR(pg_catalog.=) ANY ($1)"
					 " ORDER BY type FOR NO KEY UPDATE%s", type_table_name(tables), if_locked);
}

static void
build_lock(PlanText *stmt, const void *subject)
{
	append_lock(stmt, subject, "");
}

static void
build_lock_free(PlanText *stmt, const void *subject)
{
	append_lock(stmt, subject, " SKIP LOCKED");
}

static Datum
array_of_types(List *settings)
{
	ArrayBuildState *types = initArrayResult(TEXTOID, CurrentMemoryContext, false);
	ListCell   *cell;

	foreach(cell, settings)
	{
		TypeSettings *each = lfirst(cell);

		accumArrayResult(types, CStringGetTextDatum(each->type), false, TEXTOID, CurrentMemoryContext);
	}
	return makeArrayResult(types, CurrentMemoryContext);
}

/*
 * type_settings_lock
 *		Locks the rows of these settings until the transaction ends, reads
 *		their limits again, and counts.  A transaction that has locked such
 *		rows before must not wait for further ones (wait is false), because
 *		that could break the lock order; types that others have locked are then
 *		marked instead.  Error: 40001 a row was changed since the transaction's
 *		snapshot.
 */
void
type_settings_lock(const RunTables *tables, List *settings, bool wait)
{
	Statement	plan = {wait ? build_lock : build_lock_free, NULL, tables->types, tables->types, tables};
	Datum		values[] = {array_of_types(settings)};
	uint64		rows = plan_execute(&plan, values, NULL, false);
	ListCell   *cell;

	foreach(cell, settings)
		((TypeSettings *) lfirst(cell))->is_with_others = !wait;
	for (uint64 row = 0; row < rows; row++)
	{
		bool		isnull;
		TypeSettings *locked = type_settings_of(settings, DatumGetTextPP(plan_value(row, 1, &isnull)));

		locked->max_running = limit_at(row, 2);
		locked->max_running_per_owner = limit_at(row, 3);
		locked->is_with_others = false;
	}
	foreach(cell, settings)
		type_settings_count(tables, lfirst(cell));
}

/* How many more jobs of the type may run. */
int64
type_free_slots(const TypeSettings *settings)
{
	return settings->max_running == NO_LIMIT ? PG_INT64_MAX :
		Max(settings->max_running - settings->running, 0);
}

static OwnerRunning *
running_of(const TypeSettings *settings, const text *owner)
{
	ListCell   *cell;

	foreach(cell, settings->owners)
	{
		OwnerRunning *candidate = lfirst(cell);

		if (VARSIZE_ANY_EXHDR(candidate->owner) == VARSIZE_ANY_EXHDR(owner) &&
			memcmp(VARDATA_ANY(candidate->owner), VARDATA_ANY(owner), VARSIZE_ANY_EXHDR(owner)) == 0)
			return candidate;
	}
	return NULL;
}

/* How many more jobs of one owner may run; NULL is no owner. */
int64
type_free_slots_of(const TypeSettings *settings, const text *owner)
{
	int64		slots = type_free_slots(settings);
	OwnerRunning *running;

	if (settings->max_running_per_owner == NO_LIMIT || owner == NULL)
		return slots;
	running = running_of(settings, owner);
	return Min(slots, Max(settings->max_running_per_owner - (running != NULL ? running->running : 0), 0));
}

/* Counts a job of this owner as taken. */
void
type_take_slot(TypeSettings *settings, const text *owner)
{
	OwnerRunning *running = owner != NULL ? running_of(settings, owner) : NULL;

	settings->running++;
	if (running == NULL && owner != NULL)
	{
		running = palloc0(sizeof(OwnerRunning));
		running->owner = unconstify(text *, owner);
		settings->owners = lappend(settings->owners, running);
	}
	if (running != NULL)
		running->running++;
}

/* The owners without a free slot: text[], or 0 if no owner has one. */
Datum
type_full_owners(const TypeSettings *settings)
{
	ArrayBuildState *full = initArrayResult(TEXTOID, CurrentMemoryContext, false);
	ListCell   *cell;

	if (settings != NULL && settings->max_running_per_owner == 0)
		return (Datum) 0;
	foreach(cell, settings != NULL ? settings->owners : NIL)
	{
		OwnerRunning *owner = lfirst(cell);

		if (type_free_slots_of(settings, owner->owner) == 0)
			accumArrayResult(full, PointerGetDatum(owner->owner), false, TEXTOID, CurrentMemoryContext);
	}
	return makeArrayResult(full, CurrentMemoryContext);
}
