/*
 * attach_names.c
 *	  Plans the columns of a job that a table has under other names, such as
 *	  those that an ORM gives them.
 */
#include "adopt/attach_plan.h"

#include "utils/builtins.h"

/* Other names with the same meaning, spelled as same_spelling requires. */
static const struct
{
	JobColumn	column;
	const char *name;
}			synonyms[] = {
	{JOB_CREATED_BY, "createdbyid"},	/* an ORM's name for a reference created_by */
	{JOB_CANCELED_AT, "cancelledat"},
};

/*
 * Are they equal except for case and underscores, as createdAt, CreatedAt,
 * createdat, and created_at are?
 */
static bool
same_spelling(const char *a, const char *b)
{
	for (;;)
	{
		while (*a == '_')
			a++;
		while (*b == '_')
			b++;
		if (pg_ascii_tolower(*a) != pg_ascii_tolower(*b))
			return false;
		if (*a == '\0')
			return true;
		a++;
		b++;
	}
}

static bool
may_mean(const char *name, JobColumn column)
{
	if (same_spelling(name, job_column_name(column)))
		return true;
	for (int i = 0; i < (int) lengthof(synonyms); i++)
		if (synonyms[i].column == column && same_spelling(name, synonyms[i].name))
			return true;
	return false;
}

/* The columns that may be this one under another name. */
static List *
columns_that_may_be(Relation rel, JobColumn column)
{
	TupleDesc	desc = RelationGetDescr(rel);
	List	   *found = NIL;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i);

		if (!attr->attisdropped && may_mean(NameStr(attr->attname), column))
			found = lappend(found, attr);
	}
	return found;
}

/* "a, b" */
static char *
names_of(List *attributes)
{
	StringInfoData names;
	ListCell   *cell;

	initStringInfo(&names);
	foreach(cell, attributes)
		appendStringInfo(&names, "%s\"%s\"", names.len > 0 ? ", " : "",
						 NameStr(((Form_pg_attribute) lfirst(cell))->attname));
	return names.data;
}

static void
plan_name(AttachPlan *plan, JobColumn column, List *candidates)
{
	Form_pg_attribute attr = linitial(candidates);
	const char *name = job_column_name(column);
	char	   *rename = psprintf("RENAME COLUMN %s TO %s",
								  quote_identifier(NameStr(attr->attname)), name);

	plan->unplanned[column] = true;
	if (list_length(candidates) > 1)
		attach_plan_cannot(plan, psprintf("Each of the columns %s may be \"%s\".\n"
										  "Rename the right one: ALTER TABLE %s RENAME COLUMN ... TO %s;",
										  names_of(candidates), name, plan->table, name));
	else if (attr->attinhcount > 0)
		attach_plan_cannot(plan, psprintf("Column \"%s\" is \"%s\" by another name, and is inherited from another table.\n"
										  "Rename it there.",
										  NameStr(attr->attname), name));
	else
	{
		plan->unplanned[column] = false;
		plan->layout.attnum[column] = attr->attnum;
		attach_plan_alter(plan, list_make1(rename),
						  psprintf("Column \"%s\" is \"%s\" by another name.\n"
								   "In a model, map the attribute to the new name.",
								   NameStr(attr->attname), name));
	}
}

/* Renames the columns that a table has under other names. */
void
attach_plan_names(AttachPlan *plan)
{
	for (JobColumn c = JOB_ID; c < JOB_STATUS; c++)
	{
		List	   *candidates = NIL;

		if (plan->layout.attnum[c] == InvalidAttrNumber)
			candidates = columns_that_may_be(plan->rel, c);
		if (candidates != NIL)
			plan_name(plan, c, candidates);
	}
}
