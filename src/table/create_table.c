/*
 * create_table.c
 *	  create_table: a new job table.
 */
#include "base/batch_job.h"

#include "catalog/namespace.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

#include "base/argument.h"
#include "job/columns.h"
#include "job/options.h"
#include "table/attach.h"
#include "table/ddl.h"
#include "table/event_switch.h"
#include "table/live_view.h"
#include "table/status_column.h"

/* Where CREATE TABLE would make a table of this name, for the caller. */
static RangeVar *
resolve_name(text *name)
{
	RangeVar   *range_var = makeRangeVarFromNameList(textToQualifiedNameList(name));
	Oid			schema = RangeVarGetCreationNamespace(range_var);

	range_var->schemaname = get_namespace_name(schema);
	return range_var;
}

/*
 * Small indexes over few rows: the open jobs by status, and what can be purged.
 * No index has a column that every UPDATE moves, so progress updates stay HOT.
 * One on created_by goes with the foreign key, which is the owner's to add: it
 * would double the cost of a bulk INSERT for those who do not ask for it.
 */
static void
create_indexes(const char *table)
{
	ddl(psprintf("CREATE INDEX ON %s (status, id) WHERE deleted_at IS NULL"
				 " AND status OPERATOR(pg_catalog.<) 'completed'::batch_job.status", table));
	ddl(psprintf("CREATE INDEX ON %s (deleted_at) WHERE deleted_at IS NOT NULL", table));
}

/*
 * create_table(name text, soft_delete boolean, guard boolean, events boolean,
 *				notify boolean, confirm_by_other boolean, id_prefix text) returns regclass
 *
 * Makes a job table with its indexes, live view and event table, owned by the caller.
 * Errors: 42P07 the name is taken, 42501 no right to create there, 42602 no
 * proper name, 22004 no name, 22023 options.
 */
PG_FUNCTION_INFO_V1(batch_job_create_table);
Datum
batch_job_create_table(PG_FUNCTION_ARGS)
{
	JobOptions	options = job_default_options;
	RangeVar   *range_var;
	char	   *name;
	StringInfoData sql;
	Oid			table;

	check_not_null(fcinfo, 0, "name");
	if (!PG_ARGISNULL(1))
		options.soft_delete = PG_GETARG_BOOL(1);
	options.guard = PG_ARGISNULL(2) || PG_GETARG_BOOL(2);
	options.events = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
	options.notify = !PG_ARGISNULL(4) && PG_GETARG_BOOL(4);
	if (!PG_ARGISNULL(5))
		options.confirm_by_other = PG_GETARG_BOOL(5);
	if (!PG_ARGISNULL(6))
		job_options_set_prefix(&options, PG_GETARG_TEXT_PP(6));
	job_options_check(&options);
	range_var = resolve_name(PG_GETARG_TEXT_PP(0));
	name = quote_qualified_identifier(range_var->schemaname, range_var->relname);

	SPI_connect();
	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s (", name);
	job_append_column_definitions(&sql);
	appendStringInfo(&sql, ", %s)", status_check());
	ddl(sql.data);
	create_indexes(name);
	table = RangeVarGetRelid(range_var, NoLock, false);
	attach_parts(table, &options);
	SPI_finish();
	PG_RETURN_OID(table);
}
