/*
 * progress_view.c
 *	  The view of the progress of the open jobs of a table with runs: creates,
 *	  finds, and drops it.  Its columns are in watch/progress_columns.c.
 *
 * There is no view without runs, because an application that does not expect
 * it may treat every relation of its schema as a table, for example in a
 * DELETE.
 */
#include "table/progress_view.h"

#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/plan.h"
#include "job/job_table.h"
#include "table/beside.h"
#include "table/ddl.h"
#include "watch/progress_columns.h"

/*
 * Does the view ask for all open jobs, without another condition?  A user's
 * copy may have one.
 */
static bool
shows_all_open(Oid view)
{
	Relation	rel = try_relation_open(view, AccessShareLock);
	BoolExpr   *quals;
	bool		result;

	if (rel == NULL)			/* dropped while we waited */
		return false;
	quals = (BoolExpr *) get_view_query(rel)->jointree->quals;
	result = quals != NULL && is_andclause(quals) && list_length(quals->args) == 2 &&
		IsA(linitial(quals->args), NullTest) && IsA(lsecond(quals->args), OpExpr);
	relation_close(rel, AccessShareLock);
	return result;
}

/*
 * The progress view of a job table with runs, found by its properties, not by
 * its name: a view of the table and its runs that calls our function, begins
 * with our columns, has the same owner, and shows all open jobs.  InvalidOid
 * if there is none.
 */
static Oid
find_progress_view(Oid table, bool read_only)
{
	const char *sql =
		"SELECT v.oid FROM pg_catalog.pg_class b, pg_catalog.pg_class v, pg_catalog.pg_rewrite r"
		" WHERE b.oid OPERATOR(pg_catalog.=) %u AND v.relowner OPERATOR(pg_catalog.=) b.relowner"
		" AND v.relpersistence OPERATOR(pg_catalog.=) b.relpersistence"
		" AND v.relkind OPERATOR(pg_catalog.=) 'v' AND r.ev_class OPERATOR(pg_catalog.=) v.oid"
		" AND r.oid OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT d.objid FROM pg_catalog.pg_depend d"
		" WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass"
		" AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass"
		" AND d.refobjid OPERATOR(pg_catalog.=) %u))"
		" AND (SELECT pg_catalog.count(DISTINCT d.refobjid) FROM pg_catalog.pg_depend d"
		" WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass"
		" AND d.objid OPERATOR(pg_catalog.=) r.oid AND (d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass"
		" AND d.refobjid OPERATOR(pg_catalog.=) b.oid"
		" OR d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass"
		" AND d.refobjid OPERATOR(pg_catalog.=) 'batch_job.percent(bigint,bigint)'::pg_catalog.regprocedure)) OPERATOR(pg_catalog.=) 2"
		" AND pg_catalog.starts_with((SELECT pg_catalog.string_agg(a.attname::pg_catalog.text, ' ' ORDER BY a.attnum)"
		" FROM pg_catalog.pg_attribute a WHERE a.attrelid OPERATOR(pg_catalog.=) v.oid"
		" AND a.attnum OPERATOR(pg_catalog.>) 0) OPERATOR(pg_catalog.||) ' ', %s)"
		" ORDER BY v.oid";
	RunTables	tables;

	if (!run_tables_of_oid(table, &tables))
		return InvalidOid;
	if (SPI_execute(psprintf(sql, table, tables.runs, quote_literal_cstr(progress_column_names())), read_only, 0) != SPI_OK_SELECT)
		elog(ERROR, "query failed: %s", sql);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		bool		isnull;
		Oid			view = DatumGetObjectId(plan_value(row, 1, &isnull));

		if (shows_all_open(view))
			return view;
	}
	return InvalidOid;
}

/* progress_view(job_table regclass) returns regclass, or NULL if there is none */
PG_FUNCTION_INFO_V1(batch_job_progress_view);
Datum
batch_job_progress_view(PG_FUNCTION_ARGS)
{
	Oid			view;

	SPI_connect();
	view = find_progress_view(PG_GETARG_OID(0), true);
	SPI_finish();
	if (!OidIsValid(view))
		PG_RETURN_NULL();
	PG_RETURN_OID(view);
}

/* security_invoker keeps the view from giving its readers the owner's rights. */
static void
define_view(const char *name, Oid table)
{
	Relation	rel = job_table_lock(table, AccessShareLock);
	OpenJobs	open;
	StringInfoData sql;

	open_jobs_of(rel, &open);
	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE %sVIEW %s WITH (security_invoker = true) AS ",
					 rel->rd_rel->relpersistence == RELPERSISTENCE_TEMP ? "TEMPORARY " : "", name);
	progress_append_query(&sql, &open, "pg_catalog.statement_timestamp()");
	appendStringInfo(&sql, "; COMMENT ON VIEW %s IS 'How far the open jobs of its table are, one row for each."
					 " Made by the extension batch_job.';", name);
	progress_append_comments(&sql, name);
	table_close(rel, NoLock);
	ddl(sql.data);
}

static bool
has_security_invoker(Oid view)
{
	Relation	rel = relation_open(view, AccessShareLock);
	bool		result = RelationHasSecurityInvoker(rel);

	relation_close(rel, NoLock);
	return result;
}

/*
 * progress_view_make
 *		Creates the view, unless it exists; then makes sure that it shows all
 *		users only what they may see, even if somebody has created it again.
 *		The caller is connected to SPI. Error: 42P07 the name is taken.
 */
void
progress_view_make(Oid table)
{
	Oid			view = find_progress_view(table, false);

	if (OidIsValid(view))
	{
		if (!has_security_invoker(view))
			ddl(psprintf("ALTER VIEW %s SET (security_invoker = true)", job_relation_name(view)));
		return;
	}
	define_view(beside_free_name(table, "progress", "progress view"), table);
	ddl_revoke_from_others(find_progress_view(table, false));
}

/*
 * Takes an exclusive lock on the view.  To be called before the table is
 * locked, and after live_view_lock.  Error: 55P03.
 */
void
progress_view_lock(Oid table)
{
	Oid			view = find_progress_view(table, false);

	if (OidIsValid(view))
		beside_lock_unless_in_use(view, AccessExclusiveLock, "the view");
}

/* Drops the view.  Error: 2BP01 something depends on it. */
void
progress_view_drop(Oid table)
{
	Oid			view = find_progress_view(table, false);

	if (OidIsValid(view))
		ddl(psprintf("DROP VIEW %s", job_relation_name(view)));
}
