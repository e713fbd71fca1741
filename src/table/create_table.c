/*
 * create_table.c
 *	  create_table: creates a job table.
 */
#include "base/batch_job.h"

#include "catalog/namespace.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

#include "base/argument.h"
#include "base/plan.h"
#include "job/columns.h"
#include "job/job_table.h"
#include "job/options.h"
#include "run/queue_columns.h"
#include "table/attach.h"
#include "table/ddl.h"
#include "table/event_switch.h"
#include "table/live_view.h"
#include "table/make_run_tables.h"
#include "table/owner_scope.h"
#include "table/status_column.h"
#include "table/table_name.h"
#include "table/user_reference.h"

/*
 * Finds the schema in which CREATE TABLE would create a table of this name for
 * the caller.
 */
static RangeVar *
resolve_name(text *name)
{
	RangeVar   *range_var = makeRangeVarFromNameList(textToQualifiedNameList(name));
	Oid			schema = RangeVarGetCreationNamespace(range_var);

	range_var->schemaname = get_namespace_name(schema);
	return range_var;
}

/* Small indexes, of the few rows that are neither over nor deleted. */
static void
create_open_index(const char *table, const char *columns)
{
	ddl(psprintf("CREATE INDEX ON %s (%s) WHERE deleted_at IS NULL"
				 " AND status OPERATOR(pg_catalog.<) 'completed'::batch_job.status", table, columns));
}

/*
 * Indexes for the open jobs by status, and for the jobs that can be purged.
 * None has a column that every UPDATE changes, so progress updates stay HOT.
 * With runs, the due jobs of a type are one range, oldest first; the second
 * index finds those of the next owner when a limit per owner makes many jobs
 * of another owner wait.  Jobs that ended lately are close together in the
 * table, so BRIN finds them; it costs nothing for a job until that ends, and
 * little then.
 *
 * An index on created_by is created with the foreign key only, since it would
 * double the cost of a bulk INSERT for everybody else.
 */
static void
create_indexes(const char *table, bool runs, bool on_created_by)
{
	if (runs)
	{
		create_open_index(table, "status, type, priority, start_after, id");
		create_open_index(table, "status, type, created_by, priority, start_after, id");
	}
	else
		create_open_index(table, "status, id");
	ddl(psprintf("CREATE INDEX ON %s (deleted_at) WHERE deleted_at IS NOT NULL", table));
	ddl(psprintf("CREATE INDEX ON %s USING brin ((" JOB_OVER_AT("") ")) WITH (autosummarize = true)"
				 " WHERE status OPERATOR(pg_catalog.>=) 'completed'::batch_job.status", table));
	if (on_created_by)
		ddl(psprintf("CREATE INDEX ON %s (created_by)", table));
}

static void
comment_columns(Oid relation, bool runs)
{
	const char *name = job_relation_name(relation);
	StringInfoData sql;

	initStringInfo(&sql);
	job_append_column_comments(&sql, name);
	if (runs)
		queue_columns_append_comments(&sql, name);
	ddl(sql.data);
}

/*
 * A claim that begins at the head of the open jobs has to scan past those
 * taken since the last vacuum, an index page for each fifty to a hundred of
 * them.  So vacuum runs when one row in fifty is dead, as for the runs,
 * instead of one in five, which in a table of ten million rows would be after
 * a million jobs.
 */
#define QUEUE_STORAGE " WITH (" QUEUE_VACUUM ")"

/* created_by is the definition of that column, if it refers to a table of users. */
static Oid
make_table(RangeVar *range_var, bool runs, const char *created_by)
{
	const char *name = quote_qualified_identifier(range_var->schemaname, range_var->relname);
	Oid			schema = get_namespace_oid(range_var->schemaname, false);
	StringInfoData sql;
	Oid			table;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s (", name);
	job_append_column_definitions(&sql, created_by);
	if (runs)
		queue_columns_append(&sql);
	appendStringInfo(&sql, ", %s)%s", status_check(), runs ? QUEUE_STORAGE : "");
	ddl(sql.data);
	create_indexes(name, runs, created_by != NULL);
	table = RangeVarGetRelid(range_var, NoLock, false);
	if (get_rel_namespace(table) != schema)
		plan_is_for_another(table);
	return table;
}

/*
 * create_table(name text, soft_delete boolean, guard boolean, events boolean,
 * notify boolean, confirm_by_other boolean, id_prefix text,
 * runs boolean, created_by regclass) returns regclass
 *
 * Creates a job table with its indexes, live view, and event and run tables,
 * owned by the caller.  If created_by is a table of users, the column of that
 * name refers to it.
 *
 * Errors: 42P07 the name is taken, 42501 no right to create the table there or
 * to refer to the users, 42602 invalid name, 22004 no name, 22023 options,
 * 55P03 the lock on the users was not available; those of user_reference and
 * table_name_check.
 */
PG_FUNCTION_INFO_V1(batch_job_create_table);
Datum
batch_job_create_table(PG_FUNCTION_ARGS)
{
	JobOptions	options = job_default_options;
	RangeVar   *range_var;
	int			guc_level = NewGUCNestLevel();
	TableName	name;
	TableName	users = {InvalidOid};
	Oid			table;

	check_not_null(fcinfo, 0, "name");
	options.guard = true;
	job_options_take(&options, fcinfo);
	range_var = resolve_name(PG_GETARG_TEXT_PP(0));

	job_status_check_labels();

	SPI_connect();
	limit_lock_wait();
	table = make_table(range_var, options.runs,
					   PG_ARGISNULL(8) ? NULL : user_reference(PG_GETARG_OID(8), &users));
	table_name_keep(&name, table);
	comment_columns(table, options.runs);
	comment_columns(attach_parts(table, &options), options.runs);
	table_name_check(&name);
	table_name_check(&users);
	SPI_finish();
	AtEOXact_GUC(true, guc_level);
	PG_RETURN_OID(table);
}
