/*
 * attach_status.c
 *	  A column status that means something else: out of the way, and what its
 *	  values say put into the timestamps.
 */
#include "adopt/attach_plan.h"

#include "catalog/partition.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define LEGACY_STATUS	"legacy_status"

/* What stands for a value that a person has to fill in. */
#define BLANK			"?"

static char *
free_name(Relation rel)
{
	char	   *name = pstrdup(LEGACY_STATUS);

	for (int i = 2; get_attnum(RelationGetRelid(rel), name) != InvalidAttrNumber; i++)
		name = psprintf(LEGACY_STATUS "_%d", i);
	return name;
}

/* Rows are found or stored by it, so every new row has to have one. */
static bool
is_needed(const AttachPlan *plan, AttrNumber attnum)
{
	int			member = attnum - FirstLowInvalidHeapAttributeNumber;

	return has_partition_attrs(plan->rel, bms_make_singleton(member), NULL) ||
		bms_is_member(member, attach_plan_key_columns(plan));
}

/* Jobs that are made from now on do not have the old status, and must not look as if. */
static void
plan_no_old_status(AttachPlan *plan, Form_pg_attribute attr)
{
	List	   *clauses = NIL;

	if (is_needed(plan, attr->attnum))
		return;
	if (attr->attgenerated == ATTRIBUTE_GENERATED_STORED)
		clauses = lappend(clauses, psprintf("ALTER COLUMN %s DROP EXPRESSION", plan->legacy_status));
	else if (attr->attidentity != '\0')
		clauses = lappend(clauses, psprintf("ALTER COLUMN %s DROP IDENTITY", plan->legacy_status));
	else if (attr->atthasdef && attr->attgenerated == '\0')
		clauses = lappend(clauses, psprintf("ALTER COLUMN %s DROP DEFAULT", plan->legacy_status));
	if (attr->attnotnull)
		clauses = lappend(clauses, psprintf("ALTER COLUMN %s DROP NOT NULL", plan->legacy_status));
	if (clauses != NIL)
		attach_plan_alter(plan, clauses, "A job that is made from now on has no old status.");
}

void
attach_plan_status(AttachPlan *plan)
{
	Form_pg_attribute attr = attach_plan_attribute(plan, JOB_STATUS);
	const char *type = format_type_with_typemod(attr->atttypid, attr->atttypmod);

	if (attr->attinhcount > 0)
	{
		attach_plan_cannot(plan, "Column \"status\" means something else, and is inherited from another table.\n"
						   "Rename it there.");
		return;
	}
	plan->legacy_status = pstrdup(quote_identifier(free_name(plan->rel)));
	plan->legacy_type = attr->atttypid;
	attach_plan_alter(plan, list_make1(psprintf("RENAME COLUMN status TO %s", plan->legacy_status)),
					  psprintf("Column \"status\" (%s) means something else: the status of a job is derived from its timestamps.\n"
							   "Its indexes, constraints and views go along. An application that writes it has to write the new name, or nothing.",
							   type));
	plan_no_old_status(plan, attr);
}

/* One that an earlier plan has renamed, of a table that is not attached yet: what it meant is still to be said. */
void
attach_plan_find_legacy_status(AttachPlan *plan)
{
	AttrNumber	attnum = get_attnum(RelationGetRelid(plan->rel), LEGACY_STATUS);

	if (attnum == InvalidAttrNumber || plan->layout.attnum[JOB_STATUS] != InvalidAttrNumber)
		return;
	plan->legacy_status = LEGACY_STATUS;
	plan->legacy_type = get_atttype(RelationGetRelid(plan->rel), attnum);
}

/* The labels of an enum in their order; none of another type. */
static List *
labels_of(Oid type)
{
	const char *sql =
		"SELECT enumlabel FROM pg_catalog.pg_enum WHERE enumtypid OPERATOR(pg_catalog.=) %u"
		" ORDER BY enumsortorder";
	List	   *labels = NIL;

	if (SPI_execute(psprintf(sql, getBaseType(type)), true, 0) != SPI_OK_SELECT)
		elog(ERROR, "query failed: %s", sql);
	for (uint64 i = 0; i < SPI_processed; i++)
		labels = lappend(labels, SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1));
	return labels;
}

/* "('RUNNING', '?')": the second is the status that the first means, as far as the name says it */
static char *
meaning(const char *label, const char *status)
{
	return psprintf("  (%s, %s)", quote_literal_cstr(label), quote_literal_cstr(status));
}

static char *
status_by_name(const char *label)
{
	for (JobStatus s = JOB_STATUS_CREATED; s < JOB_STATUSES; s++)
		if (pg_strcasecmp(label, job_status_name(s)) == 0)
			return pstrdup(job_status_name(s));
	return BLANK;
}

/* What the old values mean: of an enum's labels to be filled in, else the values themselves. */
static List *
meanings(Oid type)
{
	List	   *labels = labels_of(type);
	List	   *lines = NIL;
	ListCell   *cell;

	foreach(cell, labels)
		lines = lappend(lines, meaning(lfirst(cell), status_by_name(lfirst(cell))));
	if (lines == NIL)
		for (JobStatus s = JOB_STATUS_CREATED; s < JOB_STATUSES; s++)
			lines = lappend(lines, meaning(BLANK, job_status_name(s)));
	return lines;
}

/* When an old job came to be where it is, as far as it is known. */
static const char *
time_of_change(const AttachPlan *plan)
{
	bool		maybe_null = plan->layout.attnum[JOB_UPDATED_AT] != InvalidAttrNumber &&
		!attach_plan_attribute(plan, JOB_UPDATED_AT)->attnotnull;

	return maybe_null ? "coalesce(job.updated_at, now())" : "job.updated_at";
}

/* The UPDATE that a person is to complete.  A timestamp that is there stays. */
static char *
skeleton(const AttachPlan *plan)
{
	StringInfoData sql;
	ListCell   *cell;
	List	   *lines = meanings(plan->legacy_type);

	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE %s AS job SET\n", plan->table);
	for (JobStatus s = JOB_STATUS_CREATED + 1; s < JOB_STATUSES; s++)
	{
		const char *stamp = job_column_name(job_stamp_column(s));

		appendStringInfo(&sql, "  %s = coalesce(job.%s, CASE meaning.status WHEN '%s' THEN %s END)%s\n",
						 stamp, stamp, job_status_name(s), time_of_change(plan), s + 1 < JOB_STATUSES ? "," : "");
	}
	appendStringInfoString(&sql, "FROM (VALUES\n");
	foreach(cell, lines)
		appendStringInfo(&sql, "%s%s\n", (char *) lfirst(cell), lnext(lines, cell) != NULL ? "," : "");
	appendStringInfo(&sql, ") AS meaning (legacy_status, status)\n"
					 "WHERE job.%s::text = meaning.legacy_status;", plan->legacy_status);
	return sql.data;
}

/* Every line of it, also one that a label or a name breaks, made a comment. */
static char *
commented_out(const char *sql)
{
	StringInfoData comment;

	initStringInfo(&comment);
	appendStringInfoString(&comment, "-- ");
	for (const char *c = sql; *c != '\0'; c++)
	{
		appendStringInfoChar(&comment, *c);
		if (*c == '\n' || (*c == '\r' && c[1] != '\n'))
			appendStringInfoString(&comment, "-- ");
	}
	return comment.data;
}

/* Where the jobs are in their life cycle only a person can tell from the old status. */
void
attach_plan_status_skeleton(AttachPlan *plan)
{
	attach_plan_statement(plan, commented_out(skeleton(plan)),
						psprintf("Only a person knows which status each old value means. Until then a job has the one that its timestamps say.\n"
								 "Complete the lines after VALUES, take away the comment signs, and run it before attach().\n"
								 "SELECT %s, count(*) FROM %s GROUP BY 1 shows the old values.",
								 plan->legacy_status, plan->table));
}
