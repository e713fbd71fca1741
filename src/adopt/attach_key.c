/*
 * attach_key.c
 *	  Plans a primary key that contains the id.
 */
#include "adopt/attach_plan.h"

#include "access/genam.h"
#include "access/sysattr.h"
#include "catalog/pg_constraint.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"

/* The name that a column will have after the plan, quoted. */
static const char *
planned_name(const AttachPlan *plan, AttrNumber attnum)
{
	for (JobColumn c = JOB_ID; c < JOB_COLUMNS; c++)
		if (plan->layout.attnum[c] == attnum)
			return c == JOB_STATUS && plan->legacy_status != NULL ? plan->legacy_status : job_column_name(c);
	return quote_identifier(get_attname(RelationGetRelid(plan->rel), attnum, false));
}

/*
 * Adds the columns by which a table is partitioned; false if they include
 * expressions.
 */
static bool
append_partition_columns(StringInfo columns, const AttachPlan *plan)
{
	PartitionKey key = RelationGetPartitionKey(plan->rel);

	for (int i = 0; key != NULL && i < get_partition_natts(key); i++)
	{
		AttrNumber	attnum = get_partition_col_attnum(key, i);

		if (attnum == InvalidAttrNumber)
			return false;
		if (attnum != plan->layout.attnum[JOB_ID])
			appendStringInfo(columns, ", %s", planned_name(plan, attnum));
	}
	return true;
}

/* For a table without a primary key. */
void
attach_plan_primary_key(AttachPlan *plan)
{
	StringInfoData columns;

	initStringInfo(&columns);
	appendStringInfoString(&columns, job_column_name(JOB_ID));
	if (append_partition_columns(&columns, plan))
		attach_plan_alter(plan, list_make1(psprintf("ADD PRIMARY KEY (%s)", columns.data)),
						  "The id is in no primary key. Every row needs an id of its own.");
	else
		attach_plan_cannot(plan, "The id is in no primary key, and can be in none, since the table is partitioned by an expression.\n"
						   "Make a table that is partitioned by columns, and move the rows.");
}

/* "(id, at) INCLUDE (note)" */
static char *
columns_of(const AttachPlan *plan, Relation index)
{
	int			keys = IndexRelationGetNumberOfKeyAttributes(index);
	StringInfoData columns;

	initStringInfo(&columns);
	for (int i = 0; i < IndexRelationGetNumberOfAttributes(index); i++)
		appendStringInfo(&columns, "%s%s", i == 0 ? "(" : i == keys ? ") INCLUDE (" : ", ",
						 planned_name(plan, index->rd_index->indkey.values[i]));
	appendStringInfoChar(&columns, ')');
	return columns.data;
}

/*
 * The columns of the primary key, deferrable or not, as in
 * RelationGetIndexAttrBitmap; NULL if there is none.
 */
Bitmapset *
attach_plan_key_columns(const AttachPlan *plan)
{
	Oid			constraint;

	return get_primary_key_attnos(RelationGetRelid(plan->rel), true, &constraint);
}

/* For a table whose primary key lacks the id, or is deferrable. */
void
attach_plan_key(AttachPlan *plan)
{
	int			id = plan->layout.attnum[JOB_ID] - FirstLowInvalidHeapAttributeNumber;
	Oid			constraint;
	Bitmapset  *key = get_primary_key_attnos(RelationGetRelid(plan->rel), true, &constraint);
	Relation	index;
	const char *name;
	char	   *columns;
	char	   *drop;

	if (attach_plan_type_stays(plan, JOB_ID))
		return;					/* another row explains it */
	if (key == NULL)
	{
		attach_plan_primary_key(plan);
		return;
	}
	index = index_open(get_constraint_index(constraint), AccessShareLock);
	name = quote_identifier(RelationGetRelationName(index));
	columns = columns_of(plan, index);
	drop = psprintf("DROP CONSTRAINT %s", name);
	if (bms_is_member(id, key))
		attach_plan_alter(plan, lappend(list_make1(drop), psprintf("ADD CONSTRAINT %s PRIMARY KEY %s", name, columns)),
						  "The primary key is deferrable, so that two rows may have one id for a while.");
	else
		attach_plan_cannot(plan, psprintf("The primary key, %s, does not contain the id.\n"
										  "If no table refers to it: ALTER TABLE %s %s, ADD PRIMARY KEY (id);",
										  columns, plan->table, drop));
	index_close(index, AccessShareLock);
}
