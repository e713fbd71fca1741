/*
 * live_view.c
 *	  The view of the live jobs of a table: making, finding, dropping it.  Its
 *	  trigger is in row/delete_live_row.c.
 */
#include "table/live_view.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "commands/defrem.h"
#include "executor/spi.h"
#include "nodes/primnodes.h"
#include "rewrite/rewriteHandler.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "job/columns.h"
#include "job/job_table.h"
#include "table/ddl.h"
#include "table/live_view_columns.h"

/* Is "deleted_at IS NULL" all that the view asks for?  One that asks for more is the user's own. */
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
	/* a table may have rules and our trigger too */
	result = view->rd_rel->relkind == RELKIND_VIEW &&
		job_view_base(view, &varno) == table && shows_all_live(view, table, varno);
	relation_close(view, AccessShareLock);
	return result;
}

/*
 * The live view of a table, found by what it is, not by its name: a view of
 * just this table and all its live jobs, of the same owner, with our trigger.
 * InvalidOid without one.
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

/* live_view(job_table regclass) returns regclass: NULL without one */
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

/* The name of a view that is to be made, as SQL wants it.  Error: 42P07 it is taken. */
static char *
name_for_live_view(Oid table)
{
	char	   *name = makeObjectName(get_rel_name(table), NULL, "live");
	Oid			schema = get_rel_namespace(table);

	if (OidIsValid(get_relname_relid(name, schema)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s\" already exists", name),
				 errdetail("It is not the live view of table \"%s\".", get_rel_name(table)),
				 errhint("Rename it; or, if the table has got another owner, give the view the same.")));
	return quote_qualified_identifier(get_namespace_name(schema), name);
}

/*
 * security_invoker: the view must not give its reader the owner's rights.  Who
 * could make a trigger on it, by a default privilege, would get them all the
 * same when the owner uses the view.
 */
static Oid
make_new_view(Oid table)
{
	const char *name = name_for_live_view(table);
	Oid			view;

	ddl(psprintf("CREATE %sVIEW %s WITH (security_invoker = true) AS SELECT * FROM %s WHERE deleted_at IS NULL",
				 get_rel_persistence(table) == RELPERSISTENCE_TEMP ? "TEMPORARY " : "", name,
				 job_relation_name(table)));
	ddl(psprintf("COMMENT ON VIEW %s IS 'the jobs of its table that are not soft-deleted;"
				 " made by the extension batch_job'", name));
	ddl(psprintf("CREATE TRIGGER zz_batch_job_live INSTEAD OF DELETE ON %s"
				 " FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row()", name));
	view = find_live_view(table, false);
	ddl_revoke_from_others(view);
	return view;
}

/*
 * live_view_make
 *		Makes the view of the live jobs or, if it is there, brings it up to date
 *		with the table's columns; returns its oid.  Other options and columns
 *		that the owner gave it stay.  The caller is connected to SPI.
 *		Error: 42P07 something else has the name.
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
 * Locks the view, if there is one, against everybody; to be called before the
 * table is locked, for that is the order in which a reader of the view takes
 * its locks.
 */
void
live_view_lock(Oid table)
{
	Oid			view = find_live_view(table, false);

	if (OidIsValid(view))
		LockRelationOid(view, AccessExclusiveLock);
}

/* Drops the view, unless something depends on it: 2BP01. */
void
live_view_drop(Oid table)
{
	Oid			view = find_live_view(table, false);

	if (OidIsValid(view))
		ddl(psprintf("DROP VIEW %s", job_relation_name(view)));
}
