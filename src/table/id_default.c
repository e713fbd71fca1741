/*
 * id_default.c
 *	  The default of the column id of a job table.  With it, a plain INSERT has
 *	  an id before any trigger fires, so that a partition can be found by id.
 */
#include "table/id_default.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "job/columns.h"
#include "job/job_table.h"
#include "table/ddl.h"

/* Removes implicit casts, such as those to varchar(n) or a domain. */
static Node *
without_casts(Node *node)
{
	while (node != NULL)
	{
		if (IsA(node, RelabelType))
			node = (Node *) ((RelabelType *) node)->arg;
		else if (IsA(node, CoerceToDomain))
			node = (Node *) ((CoerceToDomain *) node)->arg;
		else if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcformat == COERCE_IMPLICIT_CAST)
			node = linitial(((FuncExpr *) node)->args);
		else
			break;
	}
	return node;
}

typedef enum IdDefault
{
	DEFAULT_NONE,
	DEFAULT_OURS,				/* generate_id() and nothing else */
	DEFAULT_OWN
} IdDefault;

static IdDefault
id_default(Oid table)
{
	Relation	rel = table_open(table, AccessShareLock);
	AttrNumber	attnum = get_attnum(table, job_column_name(JOB_ID));
	Node	   *expr = attnum == InvalidAttrNumber ? NULL : build_column_default(rel, attnum);
	Oid			text_type = TEXTOID;
	Oid			generate_id = LookupFuncName(list_make2(makeString(BATCH_JOB_SCHEMA),
														makeString("generate_id")),
											 1, &text_type, false);

	table_close(rel, NoLock);
	if (expr == NULL)
		return DEFAULT_NONE;
	expr = without_casts(expr);
	return IsA(expr, FuncExpr) && ((FuncExpr *) expr)->funcid == generate_id ? DEFAULT_OURS : DEFAULT_OWN;
}

/* Sets our default, unless the user has set another. */
void
id_default_set(Oid table, const char *prefix)
{
	if (id_default(table) != DEFAULT_OWN)
		ddl(psprintf("ALTER TABLE %s ALTER COLUMN id SET DEFAULT batch_job.generate_id(%s::pg_catalog.text)",
					 job_relation_name(table), quote_literal_cstr(prefix)));
}

void
id_default_drop(Oid table)
{
	if (id_default(table) == DEFAULT_OURS)
		ddl(psprintf("ALTER TABLE %s ALTER COLUMN id DROP DEFAULT", job_relation_name(table)));
}
