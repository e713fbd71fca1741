/*
 * live_view.c
 *	  The view of the live jobs of a table: creates, finds, and drops it.  Its
 *	  trigger is in row/delete_live_row.c.
 */
#include "table/live_view.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "executor/spi.h"
#include "nodes/primnodes.h"
#include "rewrite/rewriteHandler.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "job/columns.h"
#include "job/job_table.h"
#include "table/beside.h"
#include "table/ddl.h"
#include "table/live_view_columns.h"

/*
 * Is "deleted_at IS NULL" the only condition of the view?  A view with more
 * conditions is the user's own.
 */
static bool
shows_all_live(Relation view, Oid table, Index varno)
{
	NullTest   *test = (NullTest *) get_view_query(view)->jointree->quals;
	Var		   *var;

	if (test == NULL || !IsA(test, NullTest) || test->nulltesttype != IS_NULL || !IsA(test->arg, Var))
		return false;
	var = (Var *) test->arg;
	return (Index) var->varno == varno &&
		var->varattno == get_attnum(table, job_column_name(JOB_DELETED_AT));
}

static bool
shows_table(Oid view_oid, Oid table)
{
	Relation	view = try_relation_open(view_oid, AccessShareLock);
	Index		varno;
	bool		result;

	if (view == NULL)			/* dropped while we waited */
		return false;
	/* a table may have rules and our trigger, too */
	result = view->rd_rel->relkind == RELKIND_VIEW &&
		job_view_base(view, &varno) == table && shows_all_live(view, table, varno);
	relation_close(view, AccessShareLock);
	return result;
}

/*
 * The live view of a table, found by its properties, not by its name: a view
 * of only this table and all its live jobs, of the same owner, with our
 * trigger.  InvalidOid if there is none.
 */
static Oid
find_live_view(Oid table, bool read_only)
{
	const char *sql =
		"SELECT DISTINCT t.tgrelid FROM pg_catalog.pg_trigger t, pg_catalog.pg_rewrite r,"
		" pg_catalog.pg_depend d, pg_catalog.pg_class v, pg_catalog.pg_class b"
		" WHERE t.tgfoid OPERATOR(pg_catalog.=) 'batch_job.delete_live_row()'::pg_catalog.regprocedure"
		" AND r.ev_class OPERATOR(pg_catalog.=) t.tgrelid"
		" AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass"
		" AND d.objid OPERATOR(pg_catalog.=) r.oid"
		" AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass"
		" AND d.refobjid OPERATOR(pg_catalog.=) %u"
		" AND v.oid OPERATOR(pg_catalog.=) t.tgrelid AND b.oid OPERATOR(pg_catalog.=) %u"
		" AND v.relowner OPERATOR(pg_catalog.=) b.relowner"
		" ORDER BY 1";

	if (SPI_execute(psprintf(sql, table, table), read_only, 0) != SPI_OK_SELECT)
		elog(ERROR, "query failed: %s", sql);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;
		Oid			view = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[i],
														  SPI_tuptable->tupdesc, 1, &isnull));

		if (shows_table(view, table))
			return view;
	}
	return InvalidOid;
}

/* live_view(job_table regclass) returns regclass, or NULL if there is none */
PG_FUNCTION_INFO_V1(batch_job_live_view);
Datum
batch_job_live_view(PG_FUNCTION_ARGS)
{
	Oid			view;

	SPI_connect();
	view = find_live_view(PG_GETARG_OID(0), true);
	SPI_finish();
	if (!OidIsValid(view))
		PG_RETURN_NULL();
	PG_RETURN_OID(view);
}

/*
 * security_invoker keeps the view from giving its readers the owner's rights.
 * The REVOKE keeps others, who may have TRIGGER by a default privilege, from
 * getting them with a trigger that fires when the owner uses the view.
 */
static Oid
make_new_view(Oid table)
{
	const char *name = beside_free_name(table, "live", "live view");
	Oid			view;

	ddl(psprintf("CREATE %sVIEW %s WITH (security_invoker = true) AS SELECT * FROM %s WHERE deleted_at IS NULL",
				 get_rel_persistence(table) == RELPERSISTENCE_TEMP ? "TEMPORARY " : "", name,
				 job_relation_name(table)));
	ddl(psprintf("COMMENT ON VIEW %s IS 'The jobs of its table that are not soft-deleted."
				 " A DELETE reports the right row count. Made by the extension batch_job.'", name));
	ddl(psprintf("CREATE TRIGGER zz_batch_job_live INSTEAD OF DELETE ON %s"
				 " FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row()", name));
	view = find_live_view(table, false);
	ddl_revoke_from_others(view);
	return view;
}

/*
 * live_view_make
 *		Creates the view of the live jobs or, if it exists, updates it to the
 *		table's columns; returns its OID. Other options and columns that the
 *		owner has set are kept.  The caller is connected to SPI. Error: 42P07
 *		the name is taken.
 */
Oid
live_view_make(Oid table)
{
	Oid			view = find_live_view(table, false);

	if (!OidIsValid(view))
		return make_new_view(table);
	ddl(psprintf("ALTER VIEW %s SET (security_invoker = true)", job_relation_name(view)));
	live_view_columns_update(view);
	return view;
}

/*
 * Takes an exclusive lock on the view, if there is one.  To be called before
 * the table is locked, because readers of the view lock in that order.
 */
void
live_view_lock(Oid table)
{
	Oid			view = find_live_view(table, false);

	if (OidIsValid(view))
		LockRelationOid(view, AccessExclusiveLock);
}

/* Drops the view.  Error: 2BP01 something depends on it. */
void
live_view_drop(Oid table)
{
	Oid			view = find_live_view(table, false);

	if (OidIsValid(view))
		ddl(psprintf("DROP VIEW %s", job_relation_name(view)));
}
