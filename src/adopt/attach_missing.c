/*
 * attach_missing.c
 *	  Plans the columns of a job that a table lacks.
 */
#include "adopt/attach_plan.h"

#include "utils/builtins.h"

#include "table/shape.h"

/* A new id for every row, and then the primary key. */
static void
plan_id(AttachPlan *plan)
{
	if (attach_plan_key_columns(plan) != NULL)
	{
		attach_plan_cannot(plan, "Column \"id\" is missing, and there is a primary key without it.\n"
						   "If that is the id of a job, a text, rename its column. Otherwise drop the key, and request the plan again.");
		return;
	}
	attach_plan_alter(plan, list_make1("ADD COLUMN id text COLLATE \"C\" NOT NULL DEFAULT batch_job.generate_id()"),
					  "Column \"id\" is missing. Each existing row gets one. The table is rewritten under an exclusive lock.");
	plan->writes_rows = true;
	attach_plan_primary_key(plan);
}

/* A NOT NULL column: existing rows need a value. */
static void
plan_filled(AttachPlan *plan, JobColumn column, const char *value, const char *why)
{
	const char *name = job_column_name(column);

	attach_plan_alter(plan,
					  list_make1(psprintf("ADD COLUMN %s %s NOT NULL DEFAULT %s", name, job_column_type_name(column), value)),
					  psprintf("Column \"%s\" is missing. %s", name, why));
}

static void
plan_type(AttachPlan *plan)
{
	const char *value = quote_literal_cstr(RelationGetRelationName(plan->rel));

	plan_filled(plan, JOB_TYPE, value,
				psprintf("Existing jobs get the type %s, from the name of the table; use another one if it fits better.", value));
	attach_plan_alter(plan, list_make1("ALTER COLUMN type DROP DEFAULT"), "New jobs must give their type.");
}

/* Columns that are NULL in existing rows. */
static void
plan_empty(AttachPlan *plan, List *columns)
{
	List	   *clauses = NIL;
	ListCell   *cell;
	bool		created_by = list_member_int(columns, JOB_CREATED_BY);

	foreach(cell, columns)
		clauses = lappend(clauses, psprintf("ADD COLUMN %s %s", job_column_name(lfirst_int(cell)),
											job_column_type_name(lfirst_int(cell))));
	attach_plan_alter(plan, clauses,
					  psprintf("%s missing. This does not rewrite the table.%s",
							   list_length(columns) == 1 ? "This column is" : "These columns are",
							   created_by ? "\ncreated_by: the id of a user. If the key of the users is a varchar, uuid, integer or bigint, use that type. "
							   "If another column has the user already, such as user_id, rename that column instead." : ""));
}

/*
 * Adds the missing columns: those that may be NULL by one statement, each of
 * the others with a value.
 */
void
attach_plan_missing(AttachPlan *plan, List *faults)
{
	List	   *empty = NIL;
	ListCell   *cell;

	foreach(cell, faults)
	{
		JobColumn	column = ((ShapeFault *) lfirst(cell))->column;

		if (plan->unplanned[column])
			continue;
		switch (column)
		{
			case JOB_ID:
				plan_id(plan);
				break;
			case JOB_CREATED_AT:
			case JOB_UPDATED_AT:
				plan_filled(plan, column, "now()", "Existing rows get the time of this statement; UPDATE them if there is a better one.");
				break;
			case JOB_TYPE:
				plan_type(plan);
				break;
			case JOB_DRY_RUN:
				plan_filled(plan, column, "false", "Existing jobs were not dry runs.");
				break;
			default:
				empty = lappend_int(empty, column);
		}
	}
	if (empty != NIL)
		plan_empty(plan, empty);
}
