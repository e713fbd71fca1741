/*
 * delete_row.c
 *	  Deleting one row for the triggers, softly or for good.
 *
 * Rows are changed by SQL statements, never by heap functions: indexes,
 * constraints, row-level security and triggers are all the table's own.
 */
#include "row/delete_row.h"

#include "executor/spi.h"

#include "job/job_table.h"
#include "base/plan.h"

typedef struct RowStatement
{
	Relation	table;
	const JobKey *key;
	bool		soft;
} RowStatement;

static void
build_row_statement(PlanText *stmt, const void *subject)
{
	const RowStatement *statement = subject;
	const char *table = job_relation_name(RelationGetRelid(statement->table));

	if (statement->soft)
		appendStringInfo(&stmt->sql, "UPDATE %s SET deleted_at = pg_catalog.clock_timestamp()", table);
	else
		appendStringInfo(&stmt->sql, "DELETE FROM %s", table);
	/* another session may have deleted it since it was found */
	appendStringInfoString(&stmt->sql, " WHERE deleted_at IS NULL AND ");
	job_append_key_is(stmt, statement->table, statement->key);
}

/*
 * job_delete_row
 *		Deletes the live row of table whose key the tuple in slot has; softly:
 *		sets deleted_at.  True when a row was deleted.
 *
 * With the caller's privileges, and row-level security if the table has it.
 */
bool
job_delete_row(Relation table, const JobKey *key, TupleTableSlot *slot, bool soft)
{
	RowStatement statement = {table, key, soft};
	Datum		values[INDEX_MAX_KEYS];
	char		nulls[INDEX_MAX_KEYS];
	uint64		rows;

	job_key_values(key, slot, values, nulls);
	SPI_connect();
	rows = plan_execute(soft ? PLAN_SOFT_DELETE_ROW : PLAN_DELETE_ROW, RelationGetRelid(table),
						build_row_statement, &statement, values, nulls, false);
	SPI_finish();
	return rows > 0;
}
