/*
 * table_name.c
 *	  Guards the name by which statements find a table.
 *
 * Nobody else can rename a table that we have locked, but its schema may swap
 * names with another one, so that a statement finds the table there.
 */
#include "table/table_name.h"

#include "catalog/namespace.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/plan.h"

/* To be called before statements name the table. */
void
table_name_keep(TableName *kept, Oid table)
{
	kept->table = table;
	namestrcpy(&kept->schema, get_namespace_name(get_rel_namespace(table)));
	namestrcpy(&kept->name, get_rel_name(table));
}

/*
 * To be called after them, if there were any.  Error: 40001 another table has
 * the name now.
 */
void
table_name_check(const TableName *kept)
{
	Oid			found;

	if (!OidIsValid(kept->table))
		return;
	found = get_relname_relid(NameStr(kept->name), get_namespace_oid(NameStr(kept->schema), true));
	if (OidIsValid(found) && found != kept->table)
		plan_is_for_another(kept->table);
}
