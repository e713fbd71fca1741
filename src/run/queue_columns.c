/*
 * queue_columns.c
 *	  The columns of a job table that determine the order of claims: priority
 *	  and start_after.
 *
 * A table that is created with runs has them.  In an existing table, they are
 * whatever its owner has made them; without them, a job is due as soon as it
 * is created.
 */
#include "run/queue_columns.h"

#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

#include "job/table_columns.h"

static const TableColumn queue_columns[] = {
	{"priority", "pg_catalog.int2", "NOT NULL DEFAULT 0",
	"Which jobs workers are given first: the lower, the sooner. An attached table may have it as any integer."},
	{"start_after", "pg_catalog.timestamptz", "NOT NULL DEFAULT pg_catalog.clock_timestamp()",
	"From when a worker may be given the job; of those of one priority, the earlier is given first."},
};

#define QUEUE_COLUMNS	((int) lengthof(queue_columns))

/* ", priority ..., start_after ..." for CREATE TABLE of a job table. */
void
queue_columns_append(StringInfo sql)
{
	appendStringInfoString(sql, ", ");
	table_columns_append(sql, queue_columns, QUEUE_COLUMNS, "");
}

/* For the job table or a view of it. */
void
queue_columns_append_comments(StringInfo sql, const char *relation)
{
	table_columns_append_comments(sql, relation, queue_columns, QUEUE_COLUMNS);
}

/*
 * A column that the owner of the jobs may have added, as an expression; NULL
 * if there is none, or its type is not accepted.
 */
static const char *
own_column(Relation jobs, const char *name, const char *if_null, bool (*accepts) (Oid type))
{
	AttrNumber	attnum = get_attnum(RelationGetRelid(jobs), name);
	Form_pg_attribute attr;

	if (attnum == InvalidAttrNumber)
		return NULL;
	attr = TupleDescAttr(RelationGetDescr(jobs), attnum - 1);
	if (!accepts(attr->atttypid))
		return NULL;
	return psprintf(attr->attnotnull ? "j.%s" : "COALESCE(j.%s, %s)", name, if_null);
}

static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

static bool
is_time(Oid type)
{
	return type == TIMESTAMPTZOID;
}

/* The priority of job j, as an expression; NULL if jobs have none. */
const char *
queue_priority_column(Relation jobs)
{
	return own_column(jobs, "priority", "0", is_integer);
}

/* The same, but 0 if jobs have none. */
const char *
queue_priority(Relation jobs)
{
	const char *priority = queue_priority_column(jobs);

	return priority != NULL ? priority : "0";
}

/* The time since when job j is due, as an expression. */
const char *
queue_due(Relation jobs)
{
	const char *start_after = own_column(jobs, "start_after", "j.created_at", is_time);

	return start_after != NULL ? start_after : "j.created_at";
}
