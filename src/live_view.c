/*
 * live_view.c
 *	  The view of the live jobs of a table: what makes and drops it, and the
 *	  trigger that answers DELETE on it.
 */
#include "live_view.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "commands/defrem.h"
#include "commands/trigger.h"
#include "nodes/primnodes.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "ddl.h"
#include "job_table.h"
#include "options.h"
#include "row_key.h"
#include "soft_delete.h"
#include "trigger.h"

#define LIVE_VIEW_TRIGGER	"zz_batch_job_live"

static Oid
find_live_view(Oid table)
{
	return ddl_query_oid(psprintf("SELECT batch_job.live_view(%u::pg_catalog.oid::pg_catalog.regclass)",
								  table));
}

static char *
name_for_live_view(Oid table)
{
	char	   *name = makeObjectName(get_rel_name(table), NULL, "live");

	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)), name);
}

/* A view keeps the names that the table's columns had; make them follow. */
static void
rename_view_columns(Oid view_oid, Oid table)
{
	Relation	view = table_open(view_oid, AccessShareLock);
	StringInfoData sql;
	ListCell   *cell;

	initStringInfo(&sql);
	foreach(cell, get_view_query(view)->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);
		const char *old = NameStr(TupleDescAttr(RelationGetDescr(view), entry->resno - 1)->attname);
		const char *new;

		if (!IsA(entry->expr, Var))
			continue;
		new = get_attname(table, ((Var *) entry->expr)->varattno, false);
		if (strcmp(old, new) != 0)
			appendStringInfo(&sql, "ALTER VIEW %s RENAME COLUMN %s TO %s;",
							 job_relation_name(view_oid),
							 pstrdup(quote_identifier(old)), quote_identifier(new));
	}
	table_close(view, NoLock);
	if (sql.len > 0)
		ddl(sql.data);
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

/*
 * live_view_make
 *		Makes the view of the live jobs or, if it is there, brings it up to date
 *		with the table's columns; returns its oid.
 *
 * security_invoker: the view must not give its reader the owner's rights.
 */
Oid
live_view_make(Oid table)
{
	Oid			view = find_live_view(table);
	bool		is_new = !OidIsValid(view);
	char	   *name = is_new ? name_for_live_view(table) : job_relation_name(view);
	StringInfoData sql;

	if (!is_new)
		rename_view_columns(view, table);
	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE %s%sVIEW %s WITH (security_invoker = true) AS SELECT ",
					 is_new ? "" : "OR REPLACE ",
					 isTempNamespace(get_rel_namespace(table)) ? "TEMPORARY " : "", name);
	append_column_list(&sql, table);
	appendStringInfo(&sql, " FROM %s WHERE deleted_at IS NULL", job_relation_name(table));
	ddl(sql.data);
	if (is_new)
	{
		ddl(psprintf("COMMENT ON VIEW %s IS 'the jobs of its table that are not soft-deleted; made by the extension batch_job'", name));
		ddl(psprintf("CREATE TRIGGER " LIVE_VIEW_TRIGGER " INSTEAD OF DELETE ON %s"
					 " FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row()", name));
	}
	return find_live_view(table);
}

/* Drops the view, unless something depends on it: 2BP01. */
void
live_view_drop(Oid table)
{
	Oid			view = find_live_view(table);

	if (OidIsValid(view))
		ddl(psprintf("DROP VIEW %s", job_relation_name(view)));
}

/* Where a view has the key's values; its columns keep their names when the table's change. */
static void
locate_key(Relation view, JobKey *key)
{
	Query	   *query = get_view_query(view);

	for (int i = 0; i < key->natts; i++)
	{
		ListCell   *cell;

		foreach(cell, query->targetList)
		{
			TargetEntry *entry = lfirst_node(TargetEntry, cell);

			if (IsA(entry->expr, Var) && ((Var *) entry->expr)->varattno == key->attnum[i])
				key->source[i] = entry->resno;
		}
		if (key->source[i] == InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("view \"%s\" does not show the primary key of its table",
							RelationGetRelationName(view)),
					 errhint("Drop the view and run batch_job.attach() on the table again.")));
	}
}

/* What one DELETE on a live view knows about the table below it. */
typedef struct LiveViewState
{
	Oid			table;
	bool		soft_delete;
	JobKey		key;
} LiveViewState;

static LiveViewState *
get_live_view_state(FmgrInfo *flinfo, Relation view)
{
	LiveViewState *state = flinfo->fn_extra;
	Relation	table;
	JobOptions	options;

	if (state != NULL)
		return state;

	state = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(LiveViewState));
	state->table = job_table_find(job_view_base(view));
	table = table_open(state->table, AccessShareLock);
	job_options_of_table(table, &options);
	state->soft_delete = options.soft_delete;
	job_key_of_table(table, &state->key);
	locate_key(view, &state->key);
	table_close(table, NoLock);
	flinfo->fn_extra = state;
	return state;
}

/*
 * delete_live_row() returns trigger
 *
 * INSTEAD OF DELETE on the live view, for each row: deletes the row of the
 * table below, softly if the table does, and tells the truth about it, so that
 * the row counts, where the trigger on the table has to answer DELETE 0.
 *
 * Errors: 39P01; those of the UPDATE or DELETE on the table.
 */
PG_FUNCTION_INFO_V1(batch_job_delete_live_row);
Datum
batch_job_delete_live_row(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	LiveViewState *state;
	Relation	table;
	bool		deleted;

	job_check_fired(fcinfo, "delete_live_row");
	if (!TRIGGER_FIRED_INSTEAD(trigdata->tg_event) ||
		!TRIGGER_FIRED_BY_DELETE(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired instead of DELETE", "delete_live_row")));

	state = get_live_view_state(fcinfo->flinfo, trigdata->tg_relation);
	table = table_open(state->table, RowExclusiveLock);
	deleted = job_delete_row(table, &state->key, trigdata->tg_trigslot,
							 state->soft_delete && batch_job_soft_delete);
	table_close(table, NoLock);
	return PointerGetDatum(deleted ? trigdata->tg_trigtuple : NULL);
}
