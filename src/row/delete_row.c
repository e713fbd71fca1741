/*
 * delete_row.c
 *	  Deletes one row for the triggers, softly or permanently.
 *
 * Rows are changed by SQL statements, never by heap functions, so that the
 * table's own indexes, constraints, row-level security, and triggers apply.
 */
#include "row/delete_row.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/timestamp.h"

#include "base/plan.h"
#include "job/columns.h"
#include "job/job_table.h"

typedef struct Row
{
	Relation	table;
	const JobKey *key;
} Row;

/* Another session may have deleted the row since it was found. */
static void
append_condition(PlanText *stmt, const Row *row)
{
	appendStringInfoString(&stmt->sql, " WHERE deleted_at IS NULL AND ");
	job_append_key_is(stmt, row->table, row->key);
}

static void
append_soft_deletion(PlanText *stmt, const Row *row, const char *time)
{
	appendStringInfo(&stmt->sql, "UPDATE %s SET deleted_at = %s",
					 job_relation_name(RelationGetRelid(row->table)), time);
	plan_add_arg(stmt, TIMESTAMPTZOID);
	append_condition(stmt, row);
}

static void
build_soft_deletion(PlanText *stmt, const void *subject)
{
	append_soft_deletion(stmt, subject, JOB_DELETION("$1"));
}

static void
build_soft_deletion_at(PlanText *stmt, const void *subject)
{
	append_soft_deletion(stmt, subject, "$1");
}

static void
build_removal(PlanText *stmt, const void *subject)
{
	const Row  *row = subject;

	appendStringInfo(&stmt->sql, "DELETE FROM %s", job_relation_name(RelationGetRelid(row->table)));
	append_condition(stmt, row);
}

/*
 * Runs a statement on the row whose key is in the slot; the time is for a soft
 * delete.
 */
static bool
run(PlanBuilder builder, const Row *row, TupleTableSlot *slot, TimestampTz time)
{
	Oid			relid = RelationGetRelid(row->table);
	Statement	plan = {builder, NULL, relid, relid, row};
	Datum		values[1 + INDEX_MAX_KEYS];
	char		nulls[1 + INDEX_MAX_KEYS];
	uint64		rows;
	int			first = builder == build_removal ? 0 : 1;

	values[0] = TimestampTzGetDatum(time);
	nulls[0] = ' ';
	job_key_values(row->key, slot, values + first, nulls + first);
	SPI_connect();
	rows = plan_execute(&plan, values, nulls, false);
	SPI_finish();
	return rows > 0;
}

/*
 * delete_row
 *		Deletes the live row of the table whose key is in the slot; a soft
 *		delete sets deleted_at.  Returns true if a row was deleted.
 *
 * Runs with the caller's privileges, and under row-level security if the table
 * has it.
 */
bool
delete_row(Relation table, const JobKey *key, TupleTableSlot *slot, bool soft)
{
	Row			row = {table, key};

	return run(soft ? build_soft_deletion : build_removal, &row, slot, GetCurrentTimestamp());
}

/*
 * delete_row_at
 *		Does a soft delete for a caller who has locked the row and knows the
 *		time: it needs the right to read no other columns than the key and
 *		deleted_at.
 */
bool
delete_row_at(Relation table, const JobKey *key, TupleTableSlot *slot, TimestampTz time)
{
	Row			row = {table, key};

	return run(build_soft_deletion_at, &row, slot, time);
}
