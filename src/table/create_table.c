/*
 * create_table.c
 *	  create_table: a new job table.
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
#include "table/owner_scope.h"
#include "table/status_column.h"
#include "table/table_name.h"
#include "table/user_reference.h"

/* Where CREATE TABLE would make a table of this name, for the caller. */
static RangeVar *
resolve_name(text *name)
{
	RangeVar   *range_var = makeRangeVarFromNameList(textToQualifiedNameList(name));
	Oid			schema = RangeVarGetCreationNamespace(range_var);

	range_var->schemaname = get_namespace_name(schema);
	return range_var;
}

/* Small indexes over few rows, for those that are neither over nor deleted. */
static void
create_open_index(const char *table, const char *columns)
{
	ddl(psprintf("CREATE INDEX ON %s (%s) WHERE deleted_at IS NULL"
				 " AND status OPERATOR(pg_catalog.<) 'completed'::batch_job.status", table, columns));
}

/*
 * The open jobs by status, and what can be purged.  No index has a column that
 * every UPDATE moves, so progress updates stay HOT.  With runs, what is due of a
 * type is one range, oldest first; the second index finds the next owner's where
 * a limit for each owner makes many jobs of another wait.
 *
 * One on created_by goes with the foreign key: it would double the cost of a
 * bulk INSERT for those who do not ask for it.
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

/* created_by is how that column is defined, if it refers to a table of users. */
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
	appendStringInfo(&sql, ", %s)", status_check());
	ddl(sql.data);
	create_indexes(name, runs, created_by != NULL);
	table = RangeVarGetRelid(range_var, NoLock, false);
	if (get_rel_namespace(table) != schema)
		plan_is_for_another(table);
	return table;
}

/*
 * create_table(name text, soft_delete boolean, guard boolean, events boolean,
 *				notify boolean, confirm_by_other boolean, id_prefix text,
 *				runs boolean, created_by regclass) returns regclass
 *
 * Makes a job table with its indexes, live view and the tables of events and
 * runs, owned by the caller.  With created_by, a table of users, that column refers to it.
 *
 * Errors: 42P07 the name is taken, 42501 no right to create there or to refer to
 * the users, 42602 no proper name, 22004 no name, 22023 options, 55P03 the lock
 * on the users was not to be had; those of user_reference and table_name_check.
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
