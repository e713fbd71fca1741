/*
 * attach_status.c
 *	  Plans a column status with another meaning: renames it, and transfers its
 *	  values to the timestamps.
 */
#include "adopt/attach_plan.h"

#include "catalog/partition.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define LEGACY_STATUS	"legacy_status"

/* Stands for a value that a person has to fill in. */
#define BLANK			"?"

static char *
free_name(Relation rel)
{
	char	   *name = pstrdup(LEGACY_STATUS);

	for (int i = 2; get_attnum(RelationGetRelid(rel), name) != InvalidAttrNumber; i++)
		name = psprintf(LEGACY_STATUS "_%d", i);
	return name;
}

/*
 * Is the column part of a partition key or the primary key, so that every new
 * row needs a value?
 */
static bool
is_needed(const AttachPlan *plan, AttrNumber attnum)
{
	int			member = attnum - FirstLowInvalidHeapAttributeNumber;

	return has_partition_attrs(plan->rel, bms_make_singleton(member), NULL) ||
		bms_is_member(member, attach_plan_key_columns(plan));
}

/* New jobs do not have an old status, and must not get one by default. */
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
		attach_plan_alter(plan, clauses, "New jobs have no old status.");
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
							   "Its indexes, constraints and views follow. An application that writes it must use the new name, or stop writing it.",
							   type));
	plan_no_old_status(plan, attr);
}

/*
 * Finds a column that an earlier plan has renamed, in a table not attached
 * yet: the meaning of its values is still missing.
 */
void
attach_plan_find_legacy_status(AttachPlan *plan)
{
	AttrNumber	attnum = get_attnum(RelationGetRelid(plan->rel), LEGACY_STATUS);

	if (attnum == InvalidAttrNumber || plan->layout.attnum[JOB_STATUS] != InvalidAttrNumber)
		return;
	plan->legacy_status = LEGACY_STATUS;
	plan->legacy_type = get_atttype(RelationGetRelid(plan->rel), attnum);
}

/* The labels of an enum, in order; none for another type. */
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

/*
 * "('RUNNING', '?')": an old value and the status that it means, as far as its
 * name tells
 */
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

/*
 * The meanings of the old values.  For an enum they are to be filled in;
 * otherwise the values are.
 */
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

/* When an old job reached its present state, as far as known. */
static const char *
time_of_change(const AttachPlan *plan)
{
	bool		maybe_null = plan->layout.attnum[JOB_UPDATED_AT] != InvalidAttrNumber &&
		!attach_plan_attribute(plan, JOB_UPDATED_AT)->attnotnull;

	return maybe_null ? "coalesce(job.updated_at, now())" : "job.updated_at";
}

/* The UPDATE that a person has to complete.  Timestamps that are set are kept. */
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

/*
 * Makes a comment of every line, including those that begin within a label or
 * name.
 */
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

/*
 * Only a person can tell from the old status where the jobs are in their life
 * cycle.
 */
void
attach_plan_status_skeleton(AttachPlan *plan)
{
	attach_plan_statement(plan, commented_out(skeleton(plan)),
						psprintf("Only a person knows which status each old value means. Until then, the status of a job follows from its timestamps only.\n"
								 "Complete the lines after VALUES, remove the comment signs, and run it before attach().\n"
								 "SELECT %s, count(*) FROM %s GROUP BY 1 shows the old values.",
								 plan->legacy_status, plan->table));
}
