/*
 * column_uses.c
 *	  The objects that use a column of a table, or of its partitions or
 *	  children, described as PostgreSQL does: "constraint x on table y".  The
 *	  caller has locked the tables.
 */
#include "adopt/column_uses.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/objectaddress.h"
#include "catalog/partition.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_publication_rel.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* Is this use of the column of the kind that is looked for? */
typedef bool (*UseTest) (const ObjectAddress *user, AttrNumber attnum, const void *context);

/*
 * The alphabetically first of "found" and the descriptions of matching users
 * of an object; NULL if there is none.
 */
static char *
first_user(Oid class, Oid object, AttrNumber attnum, UseTest test, const void *context, char *found)
{
	Relation	catalog = table_open(DependRelationId, AccessShareLock);
	ScanKeyData key[3];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(class));
	ScanKeyInit(&key[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object));
	ScanKeyInit(&key[2], Anum_pg_depend_refobjsubid, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(attnum));
	scan = systable_beginscan(catalog, DependReferenceIndexId, true, NULL, 3, key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tuple);
		ObjectAddress user = {depend->classid, depend->objid, depend->objsubid};
		char	   *description = test(&user, attnum, context) ? getObjectDescription(&user, true) : NULL;

		if (description != NULL && (found == NULL || strcmp(description, found) < 0))
			found = description;
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return found;
}

static char *
first_user_of_column(const List *tables, const char *column, UseTest test, const void *context)
{
	char	   *found = NULL;
	ListCell   *cell;

	foreach(cell, tables)
		found = first_user(RelationRelationId, lfirst_oid(cell), get_attnum(lfirst_oid(cell), column),
						   test, context, found);
	return found;
}

/* Without those that a partition has from its parent. */
static bool
is_foreign_key(const ObjectAddress *user, AttrNumber attnum, const void *context)
{
	HeapTuple	tuple;
	bool		result;

	if (user->classId != ConstraintRelationId)
		return false;
	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(user->objectId));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for constraint %u", user->objectId);
	result = ((Form_pg_constraint) GETSTRUCT(tuple))->contype == CONSTRAINT_FOREIGN &&
		!OidIsValid(((Form_pg_constraint) GETSTRUCT(tuple))->conparentid);
	ReleaseSysCache(tuple);
	return result;
}

/* A foreign key from or to the column, or NULL. */
char *
column_foreign_key(const List *tables, const char *column)
{
	return first_user_of_column(tables, column, is_foreign_key, NULL);
}

static bool
is_listed(const List *names, const char *name)
{
	ListCell   *cell;

	foreach(cell, names)
		if (strcmp(lfirst(cell), name) == 0)
			return true;
	return false;
}

/*
 * PostgreSQL does not change the type of a column that is used by views and
 * rules, policies, triggers that name it, functions with a parsed body, row
 * filters of publications, or generated columns.  The context has the names of
 * generated columns that will be ordinary ones by then.
 */
static bool
keeps_type(const ObjectAddress *user, AttrNumber attnum, const void *context)
{
	ObjectAddress column;

	switch (user->classId)
	{
		case RewriteRelationId:
		case PolicyRelationId:
		case TriggerRelationId:
		case ProcedureRelationId:
		case PublicationRelRelationId:
			return true;
		case AttrDefaultRelationId:
			column = GetAttrDefaultColumnAddress(user->objectId);
			return column.objectSubId != attnum &&
				!is_listed(context, get_attname(column.objectId, column.objectSubId, false));
		default:
			return false;
	}
}

/* Nor does it rewrite a table whose row type is the type of a column elsewhere. */
static bool
stores_rows(const ObjectAddress *user, AttrNumber attnum, const void *context)
{
	char		relkind = user->classId == RelationRelationId && user->objectSubId > 0 ?
		get_rel_relkind(user->objectId) : '\0';

	return relkind == RELKIND_RELATION || relkind == RELKIND_PARTITIONED_TABLE || relkind == RELKIND_MATVIEW;
}

/*
 * What prevents a change of the column's type, or NULL; ungenerated has the
 * names of generated columns that will be ordinary ones by then.
 */
char *
column_dependent(const List *tables, const char *column, const List *ungenerated)
{
	char	   *found = first_user_of_column(tables, column, keeps_type, ungenerated);
	ListCell   *cell;

	foreach(cell, tables)
	{
		Oid			row_type = get_rel_type_id(lfirst_oid(cell));

		found = first_user(TypeRelationId, row_type, 0, stores_rows, NULL, found);
		found = first_user(TypeRelationId, get_array_type(row_type), 0, stores_rows, NULL, found);
	}
	return found;
}

bool
column_in_partition_key(const List *tables, const char *column)
{
	bool		found = false;
	ListCell   *cell;

	foreach(cell, tables)
	{
		Relation	rel = table_open(lfirst_oid(cell), NoLock);
		int			member = get_attnum(lfirst_oid(cell), column) - FirstLowInvalidHeapAttributeNumber;

		found = found || has_partition_attrs(rel, bms_make_singleton(member), NULL);
		table_close(rel, NoLock);
	}
	return found;
}

static bool
is_column(Node *node, AttrNumber attnum)
{
	node = strip_implicit_coercions(node);
	return IsA(node, Var) && ((Var *) node)->varattno == attnum;
}

/* Does an expression use more of the column than whether it is NULL? */
static bool
uses_value(Node *node, void *attnum)
{
	if (node == NULL)
		return false;
	if (IsA(node, NullTest) && is_column((Node *) ((NullTest *) node)->arg, *(AttrNumber *) attnum))
		return false;
	if (IsA(node, Var))
		return ((Var *) node)->varattno == *(AttrNumber *) attnum || ((Var *) node)->varattno == InvalidAttrNumber;
	return walk_expression(node, uses_value, attnum);
}

/* A CHECK that may not fit the new type, or NULL. */
static char *
misfit_check(Relation rel, AttrNumber attnum)
{
	TupleConstr *constr = RelationGetDescr(rel)->constr;

	for (int i = 0; constr != NULL && i < constr->num_check; i++)
		if (uses_value(stringToNode(constr->check[i].ccbin), &attnum))
			return psprintf("constraint %s on table %s", quote_identifier(constr->check[i].ccname),
							quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)),
													   RelationGetRelationName(rel)));
	return NULL;
}

/*
 * Can the operator class of an index column take the new type, as it takes the
 * old one?
 */
static bool
takes_type(Relation index, int column, Oid old_type, Oid new_type)
{
	Oid			method = index->rd_rel->relam;
	Oid			usual = GetDefaultOpClass(old_type, method);

	if (OidIsValid(usual) && get_opclass_family(usual) == index->rd_opfamily[column])
		return OidIsValid(GetDefaultOpClass(new_type, method));
	return IsBinaryCoercible(new_type, index->rd_opcintype[column]);
}

static bool
index_fits(Relation index, AttrNumber attnum, Oid old_type, Oid new_type, ExpressionsThatFit fit)
{
	for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); i++)
		if (index->rd_index->indkey.values[i] == attnum && !takes_type(index, i, old_type, new_type))
			return false;
	return fit == FIT_ALL ||
		(!uses_value((Node *) RelationGetIndexExpressions(index), &attnum) &&
		 !uses_value((Node *) RelationGetIndexPredicate(index), &attnum));
}

/* An index that may not fit the new type, or NULL. */
static char *
misfit_index(Relation rel, AttrNumber attnum, Oid new_type, ExpressionsThatFit fit)
{
	Oid			old_type = TupleDescAttr(RelationGetDescr(rel), attnum - 1)->atttypid;
	char	   *found = NULL;
	ListCell   *cell;

	foreach(cell, RelationGetIndexList(rel))
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);

		if (found == NULL && !index_fits(index, attnum, old_type, new_type, fit))
			found = getObjectDescriptionOids(RelationRelationId, lfirst_oid(cell));
		index_close(index, AccessShareLock);
	}
	return found;
}

/*
 * What PostgreSQL would rebuild for the column's new type, and may fail to;
 * NULL if there is nothing of the kind.
 */
char *
column_misfit(const List *tables, const char *column, Oid new_type, ExpressionsThatFit fit)
{
	char	   *found = NULL;
	ListCell   *cell;

	foreach(cell, tables)
	{
		Relation	rel = table_open(lfirst_oid(cell), NoLock);
		AttrNumber	attnum = get_attnum(lfirst_oid(cell), column);

		if (found == NULL && fit == FIT_NULL_TESTS)
			found = misfit_check(rel, attnum);
		if (found == NULL)
			found = misfit_index(rel, attnum, new_type, fit);
		table_close(rel, NoLock);
	}
	return found;
}
