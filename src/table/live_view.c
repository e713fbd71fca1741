/*
 * live_view.c
 *	  The view of the live jobs of a table: making, finding, dropping it.  The
 *	  trigger of DELETE on it is in delete_live.c.
 */
#include "table/live_view.h"

#include "access/relation.h"
#include "access/table.h"
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

static void
rename_column(Oid view, const char *old, const char *new)
{
	char	   *quoted_old = pstrdup(quote_identifier(old));

	ddl(psprintf("ALTER VIEW %s RENAME COLUMN %s TO %s", job_relation_name(view),
				 quoted_old, quote_identifier(new)));
}

/*
 * A view keeps the names that the table's columns had; make them follow.  By
 * way of names that nobody has, for two columns may have swapped theirs.
 */
static void
rename_view_columns(Oid view_oid, Oid table)
{
	Relation	view = table_open(view_oid, AccessShareLock);
	List	   *targets = copyObject(get_view_query(view)->targetList);
	List	   *changed = NIL;
	ListCell   *cell;

	table_close(view, NoLock);
	foreach(cell, targets)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);
		const char *old = get_attname(view_oid, entry->resno, false);

		if (!IsA(entry->expr, Var) ||
			strcmp(old, get_attname(table, ((Var *) entry->expr)->varattno, false)) == 0)
			continue;
		rename_column(view_oid, old, psprintf("batch_job_column_%d", entry->resno));
		changed = lappend(changed, entry);
	}
	foreach(cell, changed)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);

		rename_column(view_oid, psprintf("batch_job_column_%d", entry->resno),
					  get_attname(table, ((Var *) entry->expr)->varattno, false));
	}
}

/* Does the view lack a column that the table got since it was made? */
static bool
lacks_columns(Oid view_oid, Oid table_oid)
{
	Relation	view = table_open(view_oid, AccessShareLock);
	Relation	table = table_open(table_oid, AccessShareLock);
	int			columns = 0;
	bool		result;

	for (int i = 0; i < RelationGetDescr(table)->natts; i++)
		if (!TupleDescAttr(RelationGetDescr(table), i)->attisdropped)
			columns++;
	result = RelationGetDescr(view)->natts < columns;
	table_close(table, NoLock);
	table_close(view, NoLock);
	return result;
}

static void
append_column_list(StringInfo sql, Oid table)
{
	Relation	rel = table_open(table, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	bool		first = true;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i);

		if (attr->attisdropped)
			continue;
		appendStringInfo(sql, "%s%s", first ? "" : ", ", quote_identifier(NameStr(attr->attname)));
		first = false;
	}
	table_close(rel, NoLock);
}

/* security_invoker: the view must not give its reader the owner's rights. */
static void
define_view(const char *name, Oid table, const char *create)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "%s VIEW %s WITH (security_invoker = true) AS SELECT ", create, name);
	append_column_list(&sql, table);
	appendStringInfo(&sql, " FROM %s WHERE deleted_at IS NULL", job_relation_name(table));
	ddl(sql.data);
}

static Oid
make_new_view(Oid table)
{
	const char *name = name_for_live_view(table);

	define_view(name, table, isTempNamespace(get_rel_namespace(table)) ? "CREATE TEMPORARY" : "CREATE");
	ddl(psprintf("COMMENT ON VIEW %s IS 'the jobs of its table that are not soft-deleted;"
				 " made by the extension batch_job'", name));
	ddl(psprintf("CREATE TRIGGER zz_batch_job_live INSTEAD OF DELETE ON %s"
				 " FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row()", name));
	return find_live_view(table, false);
}

/*
 * live_view_make
 *		Makes the view of the live jobs or, if it is there, brings it up to date
 *		with the table's columns; returns its oid.  The caller is connected to
 *		SPI.  Error: 42P07 something else has the name.
 */
Oid
live_view_make(Oid table)
{
	Oid			view = find_live_view(table, false);

	if (!OidIsValid(view))
		return make_new_view(table);
	rename_view_columns(view, table);
	if (lacks_columns(view, table))
		define_view(job_relation_name(view), table, "CREATE OR REPLACE");
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
