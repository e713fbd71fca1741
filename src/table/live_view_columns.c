/*
 * live_view_columns.c
 *	  Updates the columns of a live view to those of its table.
 *
 * The owner may have added columns to the view, such as expressions.  They are
 * kept, every column keeps its position, and new columns of the table are
 * added at the end: CREATE OR REPLACE VIEW can do exactly that, and it keeps
 * triggers, grants, comments, and the views on top of this one.
 *
 * View columns that show a column of the table have its name, unless another
 * column of the view has that name.  Nor is a new column of the table shown
 * while a column of the owner has its name.
 */
#include "table/live_view_columns.h"

#include "access/table.h"
#include "catalog/pg_class.h"
#include "nodes/makefuncs.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"

#include "job/job_table.h"
#include "table/catalog.h"
#include "table/ddl.h"

typedef struct View
{
	Oid			oid;
	Oid			table;
	Query	   *query;			/* a copy */
	Index		varno;			/* range table index of the table in the query */
} View;

/* A column of the view that gets another name. */
typedef struct Renaming
{
	AttrNumber	attnum;
	const char *name;			/* the new name */
} Renaming;

static void
read_view(View *view, Oid oid)
{
	Relation	rel = table_open(oid, AccessShareLock);

	view->oid = oid;
	view->query = copyObject(get_view_query(rel));
	view->table = job_view_base(rel, &view->varno);
	table_close(rel, NoLock);
}

/* The columns that show a column of the table under another name. */
static List *
columns_to_rename(const View *view)
{
	List	   *result = NIL;
	ListCell   *cell;

	foreach(cell, view->query->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);
		AttrNumber	shown = job_view_shows(entry, view->varno);
		Renaming   *renaming;

		if (entry->resjunk || shown == InvalidAttrNumber)
			continue;
		renaming = palloc(sizeof(Renaming));
		renaming->attnum = entry->resno;
		renaming->name = get_attname(view->table, shown, false);
		if (strcmp(get_attname(view->oid, entry->resno, false), renaming->name) != 0)
			result = lappend(result, renaming);
	}
	return result;
}

/* Will another column of the view have this name after all renamings? */
static bool
is_taken(const View *view, List *renamings, const Renaming *renaming)
{
	AttrNumber	holder = get_attnum(view->oid, renaming->name);
	ListCell   *cell;

	foreach(cell, renamings)
	{
		Renaming   *other = lfirst(cell);

		if (other->attnum == holder)
			holder = InvalidAttrNumber;
		if (other->attnum < renaming->attnum && strcmp(other->name, renaming->name) == 0)
			return true;
	}
	return holder != InvalidAttrNumber;
}

/* Removes one renaming to a name that is taken; false if there is none. */
static bool
give_one_up(const View *view, List **renamings)
{
	ListCell   *cell;

	foreach(cell, *renamings)
	{
		if (is_taken(view, *renamings, lfirst(cell)))
		{
			*renamings = foreach_delete_current(*renamings, cell);
			return true;
		}
	}
	return false;
}

static void
rename_column(Oid view, AttrNumber attnum, const char *name)
{
	char	   *old = pstrdup(quote_identifier(get_attname(view, attnum, false)));

	ddl(psprintf("ALTER VIEW %s RENAME COLUMN %s TO %s", job_relation_name(view),
				 old, quote_identifier(name)));
}

/*
 * Renames by way of temporary names, because two columns of the table may have
 * swapped theirs.
 */
static void
rename_columns(const View *view)
{
	List	   *renamings = columns_to_rename(view);
	ListCell   *cell;

	while (give_one_up(view, &renamings))
		;
	foreach(cell, renamings)
	{
		Renaming   *renaming = lfirst(cell);

		rename_column(view->oid, renaming->attnum, psprintf("batch_job_column_%d", renaming->attnum));
	}
	foreach(cell, renamings)
	{
		Renaming   *renaming = lfirst(cell);

		rename_column(view->oid, renaming->attnum, renaming->name);
	}
}

static bool
shows(const View *view, AttrNumber attnum)
{
	ListCell   *cell;

	foreach(cell, view->query->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);

		if (!entry->resjunk && job_view_shows(entry, view->varno) == attnum)
			return true;
	}
	return false;
}

/*
 * Adds the table's columns that the view lacks to the query; false if there
 * are none.
 */
static bool
add_columns(View *view)
{
	Relation	table = table_open(view->table, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(table);
	bool		found = false;

	for (int attnum = 1; attnum <= desc->natts; attnum++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, attnum - 1);
		char	   *name = pstrdup(NameStr(attr->attname));
		Var		   *var;

		if (attr->attisdropped || shows(view, attnum) ||
			get_attnum(view->oid, name) != InvalidAttrNumber)
			continue;
		var = makeVar(view->varno, attnum, attr->atttypid, attr->atttypmod, attr->attcollation, 0);
		view->query->targetList = lappend(view->query->targetList,
										  makeTargetEntry((Expr *) var,
														  list_length(view->query->targetList) + 1,
														  name, false));
		found = true;
	}
	table_close(table, NoLock);
	return found;
}

/*
 * Sets the current column names in the query, which has those from when the
 * view was created.
 */
static void
name_columns(const View *view)
{
	ListCell   *cell;

	foreach(cell, view->query->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);

		if (!entry->resjunk)
			entry->resname = get_attname(view->oid, entry->resno, false);
	}
}

/*
 * The options of the view: CREATE OR REPLACE VIEW would reset those that it
 * does not name.
 */
static char *
options_of(Oid view)
{
	const char *sql =
		"SELECT pg_catalog.string_agg(pg_catalog.format('%%I = %%L', o.option_name, o.option_value), ', ')"
		" FROM pg_catalog.pg_class c, pg_catalog.pg_options_to_table(c.reloptions) o"
		" WHERE c.oid OPERATOR(pg_catalog.=) %u";

	return catalog_text(psprintf(sql, view));
}

/*
 * live_view_columns_update
 *		Makes the columns of a live view follow those of its table.  The view
 *		has options and is locked exclusively; the caller is connected to SPI.
 */
void
live_view_columns_update(Oid oid)
{
	View		view;

	read_view(&view, oid);
	rename_columns(&view);
	name_columns(&view);
	if (add_columns(&view))
		ddl(psprintf("CREATE OR REPLACE %sVIEW %s WITH (%s) AS %s",
					 get_rel_persistence(oid) == RELPERSISTENCE_TEMP ? "TEMPORARY " : "",
					 job_relation_name(oid), options_of(oid), pg_get_querydef(view.query, false)));
}
