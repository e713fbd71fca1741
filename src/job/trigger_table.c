/*
 * trigger_table.c
 *	  The tables beside a job table: its events, its runs.
 *
 * Which tables these are, the triggers of the job table know: their WHEN names
 * each as a constant of type regclass.  PostgreSQL keeps such a constant right
 * when the table is renamed, dumps it as a name, and knows that the trigger
 * depends on the table: DROP TABLE ... CASCADE takes the trigger along.
 */
#include "job/trigger_table.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodes.h"
#include "nodes/pg_list.h"

/* The table of a condition '...'::regclass IS NOT NULL; InvalidOid when it is something else. */
static Oid
table_of_test(const Node *condition)
{
	const NullTest *test = (const NullTest *) condition;
	const Const *table;

	if (!IsA(condition, NullTest) || !IsA(test->arg, Const))
		return InvalidOid;
	table = (const Const *) test->arg;
	return table->consttype == REGCLASSOID && !table->constisnull ?
		DatumGetObjectId(table->constvalue) : InvalidOid;
}

/* The table that WHEN (... AND ...) names in condition n, from 0; InvalidOid when it names none there. */
Oid
job_trigger_table(const Trigger *trigger, int n)
{
	List	   *conditions = trigger->tgqual == NULL ? NIL :
		make_ands_implicit((Expr *) stringToNode(trigger->tgqual));

	return n < list_length(conditions) ? table_of_test(list_nth(conditions, n)) : InvalidOid;
}
