/*
 * delete_row.c
 *	  Deleting one row for the triggers, softly or for good.
 *
 * Rows are changed by SQL statements, never by heap functions: indexes,
 * constraints, row-level security and triggers are all the table's own.
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
build_soft_deletion(PlanText *stmt, const void *subject)
{
	const Row  *row = subject;

	appendStringInfo(&stmt->sql, "UPDATE %s SET deleted_at = " JOB_STAMP("$1"),
					 job_relation_name(RelationGetRelid(row->table)));
	plan_add_arg(stmt, TIMESTAMPTZOID);
	append_condition(stmt, row);
}

static void
build_removal(PlanText *stmt, const void *subject)
{
	const Row  *row = subject;

	appendStringInfo(&stmt->sql, "DELETE FROM %s", job_relation_name(RelationGetRelid(row->table)));
	append_condition(stmt, row);
}

/*
 * delete_row
 *		Deletes the live row of table whose key the tuple in slot has; softly:
 *		sets deleted_at.  True when a row was deleted.
 *
 * With the caller's privileges, and row-level security if the table has it.
 */
bool
delete_row(Relation table, const JobKey *key, TupleTableSlot *slot, bool soft)
{
	Row			row = {table, key};
	Oid			relid = RelationGetRelid(table);
	Statement	plan = {soft ? build_soft_deletion : build_removal, NULL, relid, relid, &row};
	Datum		values[1 + INDEX_MAX_KEYS];
	char		nulls[1 + INDEX_MAX_KEYS];
	uint64		rows;
	int			first = soft ? 1 : 0;

	values[0] = TimestampTzGetDatum(GetCurrentTimestamp());
	nulls[0] = ' ';
	job_key_values(key, slot, values + first, nulls + first);
	SPI_connect();
	rows = plan_execute(&plan, values, nulls, false);
	SPI_finish();
	return rows > 0;
}
