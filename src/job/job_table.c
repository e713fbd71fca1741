/*
 * job_table.c
 *	  Finds, locks, and names job tables.
 */
#include "job/job_table.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "nodes/parsenodes.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/running.h"
#include "job/columns.h"
#include "job/options.h"

/* The name that a function looks for if it is called without a table. */
#define DEFAULT_TABLE "batch_job"

/* Error: 42P01. */
void
job_no_such_relation(Oid relid)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_TABLE),
			 errmsg("relation with OID %u does not exist", relid)));
}

/* Schema-qualified, and quoted where SQL requires it. */
char *
job_relation_name(Oid relid)
{
	char	   *name = get_rel_name(relid);

	if (name == NULL)
		job_no_such_relation(relid);
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), name);
}

/*
 * The relation that an unqualified "batch_job" means in the caller's session,
 * as a plain UPDATE would find it, except for our composite type of that name.
 */
static Oid
find_default_table(void)
{
	List	   *path = fetch_search_path(true);
	ListCell   *cell;
	Oid			found = InvalidOid;

	foreach(cell, path)
	{
		Oid			relid = get_relname_relid(DEFAULT_TABLE, lfirst_oid(cell));

		if (OidIsValid(relid) && get_rel_relkind(relid) != RELKIND_COMPOSITE_TYPE)
		{
			found = relid;
			break;
		}
	}
	list_free(path);
	if (!OidIsValid(found))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("no table \"%s\" on the search path", DEFAULT_TABLE),
				 errhint("Name the table with job_table => 'schema.table', or make one with batch_job.create_table().")));
	return found;
}

/* Errors: 42809 not a table, 55000 not attached. */
void
job_table_check_attached(Relation rel)
{
	char		relkind = rel->rd_rel->relkind;

	if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table", RelationGetRelationName(rel)),
				 relkind == RELKIND_VIEW ? errhint("Name the job table itself, not a view of it.") : 0));
	if (rel->rd_rel->relispartition)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is a partition", RelationGetRelationName(rel)),
				 errhint("Name the job table that it is a partition of.")));
	if (job_trigger_of_table(rel) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" is not a job table", RelationGetRelationName(rel)),
				 errhint("batch_job.attach(%s) would make it one; batch_job.attached() lists those that are.",
						 quote_literal_cstr(job_relation_name(RelationGetRelid(rel)))),
				 errtable(rel)));
}

/*
 * Opens a relation that may not exist, or be dropped while we wait for its
 * lock.  Error: 42P01.
 */
Relation
job_table_lock(Oid relid, LOCKMODE lock)
{
	Relation	rel = try_relation_open(relid, lock);

	if (rel == NULL)
		job_no_such_relation(relid);
	return rel;
}

/*
 * job_table_open
 *		Opens and locks a job table.
 *
 * Errors: 42P01 no such relation, 42P16 its columns have changed, and those of
 * job_table_check_attached.
 */
Relation
job_table_open(Oid relid, LOCKMODE lock)
{
	Relation	rel = job_table_lock(relid, lock);
	JobLayout	layout;

	job_table_check_attached(rel);
	job_layout_of_table(rel, &layout);
	return rel;
}

/*
 * job_table_open for an argument job_table: the table that a function works
 * on; if it is NULL, the one found on the search path.
 */
Relation
job_table_open_argument(FunctionCallInfo fcinfo, int argument, LOCKMODE lock)
{
	return job_table_open(PG_ARGISNULL(argument) ? find_default_table() : PG_GETARG_OID(argument), lock);
}

/*
 * Only the table's owner may attach, detach, and backfill it.  Errors: 42P01,
 * 42501.
 */
void
job_table_check_owner(Oid relid)
{
	if (get_rel_name(relid) == NULL)
		job_no_such_relation(relid);
	if (!owns_relation(relid))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(get_rel_relkind(relid)),
					   get_rel_name(relid));
}

/*
 * The table that a simple view such as our live view selects from, and its
 * range table index in the view's query; InvalidOid if the view is not that
 * simple.
 */
Oid
job_view_base(Relation view, Index *varno)
{
	Query	   *query = get_view_query(view);
	RangeTblEntry *entry;

	if (query->groupingSets != NIL || list_length(query->jointree->fromlist) != 1 ||
		!IsA(linitial(query->jointree->fromlist), RangeTblRef))
		return InvalidOid;
	*varno = linitial_node(RangeTblRef, query->jointree->fromlist)->rtindex;
	entry = rt_fetch(*varno, query->rtable);
	return entry->rtekind == RTE_RELATION ? entry->relid : InvalidOid;
}

/*
 * The table column that a column of such a view shows unchanged;
 * InvalidAttrNumber if it shows something else.
 */
AttrNumber
job_view_shows(const TargetEntry *entry, Index varno)
{
	const Var  *var = (const Var *) entry->expr;

	if (!IsA(var, Var) || (Index) var->varno != varno || var->varlevelsup != 0 || var->varattno < 0)
		return InvalidAttrNumber;
	return var->varattno;		/* varattno 0, the whole row, is InvalidAttrNumber */
}

/*
 * The table that users name: for a partition, its topmost parent, on which
 * users have their privileges.
 */
Oid
job_table_root(Relation rel)
{
	List	   *ancestors = NIL;

	if (rel->rd_rel->relispartition)
		ancestors = get_partition_ancestors(RelationGetRelid(rel));

	/* a partition that is being detached concurrently no longer has any */
	return ancestors != NIL ? llast_oid(ancestors) : RelationGetRelid(rel);
}

/*
 * True in triggers that fire because a backfill writes the status of a row of
 * this table.
 */
bool
job_table_is_being_filled(Relation rel)
{
	Oid			table = backfill_table();

	return OidIsValid(table) && table == job_table_root(rel);
}

/*
 * For a table beside a job table, as its triggers name it: whoever looks at
 * somebody else's jobs must not run the code of a view.  Error: 42809.
 */
void
job_check_is_table(Oid relid)
{
	char		kind = get_rel_relkind(relid);

	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table", get_rel_name(relid))));
}
