/*
 * attach_types.c
 *	  Plans the columns of a job that have types that a job table does not
 *	  accept.
 */
#include "adopt/attach_plan.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "adopt/column_uses.h"
#include "adopt/conversion.h"
#include "table/shape.h"

/* The conversion of an existing column; NULL if it needs a person. */
static const Conversion *
conversion_of(const AttachPlan *plan, JobColumn column)
{
	return conversion_find(column, attach_plan_attribute(plan, column)->atttypid);
}

/*
 * May a foreign key on a column of this type stay, since it can compare the
 * old type with the new one?
 */
static bool
keeps_foreign_keys(Oid type)
{
	Oid			base = getBaseType(type);

	return base == TEXTOID || base == VARCHAROID || base == BPCHAROID || base == INT2OID;
}

/* Does the conversion change the stored bytes? */
static bool
rewrites_table(JobColumn column, Oid type)
{
	return !IsBinaryCoercible(getBaseType(type), job_column_type(column));
}

/* What a person can do if no conversion is known. */
static const char *
advice(const AttachPlan *plan, JobColumn column, Oid type)
{
	const char *name = job_column_name(column);
	const char *alter = psprintf("ALTER TABLE %s ALTER COLUMN %s TYPE %s USING ",
								 plan->table, name, job_column_type_name(column));
	bool		number = TypeCategory(type) == TYPCATEGORY_NUMERIC;

	if (column == JOB_ID && number)
		return "Ids of jobs are texts, and other tables and programs may hold these numbers.\n"
			"Rename the column, add a column \"id\" of type text, and make that the primary key.";
	if (job_column_type(column) == TIMESTAMPTZOID && number)
		return psprintf("If it has seconds since 1970: %sto_timestamp(%s); if milliseconds: to_timestamp(%s / 1000.0).", alter, name, name);
	if (job_column_type(column) == TIMESTAMPTZOID && TypeCategory(type) == TYPCATEGORY_STRING)
		return psprintf("If every value is a time with its offset: %s%s::timestamptz;", alter, name);
	if (column == JOB_TYPE && number)
		return psprintf("Only a person knows what each number means: %sCASE %s WHEN 1 THEN '...' END;", alter, name);
	return psprintf("If there is an expression that gives it: %s...;", alter);
}

/*
 * The generated columns that the plan makes ordinary ones, by their present
 * names.
 */
static List *
ungenerated_columns(const AttachPlan *plan)
{
	List	   *names = NIL;

	for (JobColumn c = JOB_ID; c < JOB_COLUMNS; c++)
		if (plan->layout.attnum[c] != InvalidAttrNumber &&
			attach_plan_attribute(plan, c)->attgenerated == ATTRIBUTE_GENERATED_STORED)
			names = lappend(names, NameStr(attach_plan_attribute(plan, c)->attname));
	return names;
}

/*
 * Everything that prevents a known conversion, one per line; NULL if nothing
 * does.
 */
static const char *
obstacles(const AttachPlan *plan, JobColumn column, Form_pg_attribute attr, const Conversion *conversion)
{
	const char *name = NameStr(attr->attname);
	const char *use;
	StringInfoData lines;

	if (attr->attinhcount > 0)
		return "It is inherited from another table: change it there.";
	if (column_in_partition_key(plan->tables, name))
		return "It is part of a partition key: make a new table, and move the rows.";
	initStringInfo(&lines);
	use = column_foreign_key(plan->tables, name);
	if (use != NULL && !keeps_foreign_keys(attr->atttypid))
		job_fault(&lines, psprintf("Both sides of %s have to change: drop it, change both, and create it again.", use));
	use = column_dependent(plan->tables, name, ungenerated_columns(plan));
	if (use != NULL)
		job_fault(&lines, psprintf("It is used by %s: drop that, request the plan again, and create it again afterwards.", use));
	use = column_misfit(plan->tables, name, conversion_type(column, conversion),
						conversion_fits(conversion, attr->atttypid));
	if (use != NULL)
		job_fault(&lines, psprintf("The new type may not fit %s: drop that, request the plan again, and create it again afterwards.", use));
	return lines.len > 0 ? lines.data : NULL;
}

/*
 * Why the plan has no statement that changes the type of a column; NULL if it
 * has.
 */
static const char *
why_not(const AttachPlan *plan, JobColumn column)
{
	Form_pg_attribute attr = attach_plan_attribute(plan, column);
	const Conversion *conversion = conversion_of(plan, column);
	const char *why = conversion == NULL ? advice(plan, column, getBaseType(attr->atttypid)) :
		obstacles(plan, column, attr, conversion);

	return why == NULL ? NULL : psprintf("Column \"%s\" is of type %s, which cannot stay.\n%s", job_column_name(column),
										 format_type_with_typemod(attr->atttypid, attr->atttypmod), why);
}

/*
 * Does a column have a type that a job table does not accept, and no statement
 * to change it?
 */
bool
attach_plan_type_stays(const AttachPlan *plan, JobColumn column)
{
	return column != JOB_STATUS && !job_column_accepts(column, attach_plan_attribute(plan, column)->atttypid) &&
		why_not(plan, column) != NULL;
}

/* What happens to the default of a column that changes its type. */
typedef struct DefaultChange
{
	char	   *old;			/* to be dropped first, or NULL */
	const char *new;			/* to be set instead, or NULL */
} DefaultChange;

/*
 * PostgreSQL itself keeps a default that already has the new type, such as
 * now() in a column without time zone.  Another default, which it would cast
 * as well, may come out wrong (by the session's time zone) or keep an old enum
 * alive: it is replaced.
 */
static DefaultChange
default_change(const AttachPlan *plan, JobColumn column)
{
	Form_pg_attribute attr = attach_plan_attribute(plan, column);
	DefaultChange change = {0};
	const Conversion *conversion;
	Node	   *expr;

	if (!attr->atthasdef || attr->attgenerated != '\0')
		return change;
	expr = strip_implicit_coercions(build_column_default(plan->rel, attr->attnum));
	if (job_column_accepts(column, exprType(expr)))
		return change;
	change.old = deparse_expression(expr, NIL, false, false);
	conversion = conversion_find(column, exprType(expr));
	/* attach gives id a default if it has none */
	if (conversion == NULL || (column == JOB_ID && exprType(expr) == UUIDOID))
		return change;
	/* the current time, whatever the session's time zone */
	if (IsA(expr, SQLValueFunction) && exprType(expr) == TIMESTAMPOID)
		change.new = "CURRENT_TIMESTAMP";
	else if (IsA(expr, Const))
		change.new = conversion_of_constant(conversion, (Const *) expr, change.old, plan->zone);
	else
		change.new = conversion_apply(conversion, psprintf("(%s)", change.old), plan->zone);
	return change;
}

static List *
clauses_of(const AttachPlan *plan, JobColumn column)
{
	const Conversion *conversion = conversion_of(plan, column);
	const char *name = job_column_name(column);
	DefaultChange change = default_change(plan, column);
	List	   *clauses = NIL;

	if (change.old != NULL)
		clauses = lappend(clauses, psprintf("ALTER COLUMN %s DROP DEFAULT", name));
	clauses = lappend(clauses, psprintf("ALTER COLUMN %s TYPE %s USING %s", name, conversion_type_name(column, conversion),
										conversion_apply(conversion, name, plan->zone)));
	if (change.new != NULL)
		clauses = lappend(clauses, psprintf("ALTER COLUMN %s SET DEFAULT %s", name, change.new));
	return clauses;
}

/* Mentions a default that has no counterpart in the new type. */
static void
append_lost_default(StringInfo why, const AttachPlan *plan, JobColumn column)
{
	DefaultChange change = default_change(plan, column);

	if (change.old != NULL && change.new == NULL)
		appendStringInfo(why, "\n%s: the default, %s, is dropped%s.", job_column_name(column), change.old,
						 column == JOB_ID ? "; attach() sets another one" : "");
}

/*
 * "created_at, updated_at: the times are assumed ...", for the columns with
 * this conversion
 */
static void
append_assumption(StringInfo why, const AttachPlan *plan, const List *columns, const Conversion *conversion)
{
	const char *separator = "\n";
	ListCell   *cell;

	foreach(cell, columns)
		if (conversion_of(plan, lfirst_int(cell)) == conversion)
		{
			appendStringInfo(why, "%s%s", separator, job_column_name(lfirst_int(cell)));
			separator = ", ";
		}
	appendStringInfoString(why, ": ");
	appendStringInfo(why, conversion->assumption, plan->zone);
	appendStringInfoChar(why, '.');
}

/* What must be true of the old values, once for each conversion. */
static void
append_assumptions(StringInfo why, const AttachPlan *plan, const List *columns)
{
	List	   *told = NIL;
	ListCell   *cell;

	foreach(cell, columns)
	{
		const Conversion *conversion = conversion_of(plan, lfirst_int(cell));

		if (conversion->assumption == NULL || list_member_ptr(told, conversion))
			continue;
		append_assumption(why, plan, columns, conversion);
		told = lappend(told, unconstify(Conversion *, conversion));
	}
}

/* Mentions columns that refer to the id and have its old length. */
static void
append_references(StringInfo why, const AttachPlan *plan)
{
	const char *use = column_foreign_key(plan->tables, NameStr(attach_plan_attribute(plan, JOB_ID)->attname));

	if (use != NULL)
		appendStringInfo(why, "\nid: generated ones have %d characters; a column that refers to them must be long enough: %s.",
						 plan->id_length, use);
}

/* Explains such a statement; notes whether it writes rows. */
static char *
why_types(AttachPlan *plan, const List *columns)
{
	StringInfoData why;
	ListCell   *cell;
	bool		rewrites = false;

	foreach(cell, columns)
		rewrites = rewrites || rewrites_table(lfirst_int(cell), attach_plan_attribute(plan, lfirst_int(cell))->atttypid);
	initStringInfo(&why);
	plan->writes_rows = plan->writes_rows || rewrites;
	appendStringInfo(&why, "In a job table %s.%s",
					 list_length(columns) == 1 ? "this column has another type" : "these columns have other types",
					 rewrites ? " The table is rewritten, once, under an exclusive lock." : "");
	append_assumptions(&why, plan, columns);
	foreach(cell, columns)
		append_lost_default(&why, plan, lfirst_int(cell));
	if (list_member_int(columns, JOB_ID))
		append_references(&why, plan);
	return why.data;
}

/*
 * One statement for all types that can be changed, so that the table is
 * rewritten only once.
 */
void
attach_plan_types(AttachPlan *plan, List *faults)
{
	List	   *columns = NIL;
	List	   *clauses = NIL;
	ListCell   *cell;

	foreach(cell, faults)
	{
		JobColumn	column = ((ShapeFault *) lfirst(cell))->column;
		const char *why = why_not(plan, column);

		if (why != NULL)
		{
			attach_plan_cannot(plan, why);
			continue;
		}
		columns = lappend_int(columns, column);
		clauses = list_concat(clauses, clauses_of(plan, column));
	}
	if (columns != NIL)
		attach_plan_alter(plan, clauses, why_types(plan, columns));
}

/* A varchar(n) that is too short for generated ids. */
void
attach_plan_short_id(AttachPlan *plan)
{
	const char *stays;
	StringInfoData why;

	if (!job_column_accepts(JOB_ID, attach_plan_attribute(plan, JOB_ID)->atttypid))
		return;					/* it becomes text anyway, or another row explains why not */
	stays = why_not(plan, JOB_ID);
	if (stays != NULL)
	{
		attach_plan_cannot(plan, stays);
		return;
	}
	initStringInfo(&why);
	appendStringInfo(&why, "Generated ids have %d characters. This rewrites the indexes of the column, not the table.", plan->id_length);
	append_references(&why, plan);
	attach_plan_alter(plan, list_make1(psprintf("ALTER COLUMN %s TYPE %s", job_column_name(JOB_ID),
												conversion_type_name(JOB_ID, conversion_of(plan, JOB_ID)))), why.data);
}
