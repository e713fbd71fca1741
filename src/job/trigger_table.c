/*
 * trigger_table.c
 *	  The tables beside a job table: its events and its runs.
 *
 * The triggers of the job table name these tables: their WHEN conditions
 * contain each as a constant of type regclass.  Such a constant survives a
 * rename of the table, is dumped as a name, and makes the trigger depend on
 * the table, so that DROP TABLE ... CASCADE also drops the trigger.
 */
#include "job/trigger_table.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodes.h"
#include "nodes/pg_list.h"

#include "base/session.h"

/* How many tables a trigger names at most. */
#define MAX_TABLES	2

/*
 * The table of a condition '...'::regclass IS NOT NULL; InvalidOid if it is
 * anything else.
 */
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

/* The same text always means the same, so the last ones parsed are cached. */
typedef struct ReadCondition
{
	char	   *text;			/* pg_trigger.tgqual */
	int			count;
	Oid			tables[MAX_TABLES];
} ReadCondition;

static ReadCondition remembered[8];
static int	next_remembered = 0;

static const ReadCondition *
read_condition(const char *text)
{
	ReadCondition *condition = &remembered[next_remembered];
	ReadCondition read = {NULL};
	ListCell   *cell;

	foreach(cell, make_ands_implicit((Expr *) stringToNode(text)))
		if (read.count < MAX_TABLES)
			read.tables[read.count++] = table_of_test(lfirst(cell));
	read.text = MemoryContextStrdup(batch_job_memory(), text);
	if (condition->text != NULL)
		pfree(condition->text);
	*condition = read;
	next_remembered = (next_remembered + 1) % (int) lengthof(remembered);
	return condition;
}

/*
 * The table that WHEN (... AND ...) names in condition n, counted from 0;
 * InvalidOid if that condition names none.
 */
Oid
job_trigger_table(const Trigger *trigger, int n)
{
	const ReadCondition *condition = NULL;

	if (trigger->tgqual == NULL)
		return InvalidOid;
	for (int i = 0; i < (int) lengthof(remembered) && condition == NULL; i++)
		if (remembered[i].text != NULL && strcmp(remembered[i].text, trigger->tgqual) == 0)
			condition = &remembered[i];
	if (condition == NULL)
		condition = read_condition(trigger->tgqual);
	return n < condition->count ? condition->tables[n] : InvalidOid;
}

/*
 * The first table that a trigger names, which the trigger writes to.  Error:
 * 39P01 it names none.
 */
Oid
job_trigger_table_to_write(const Trigger *trigger)
{
	Oid			table = job_trigger_table(trigger, 0);

	if (!OidIsValid(table))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" does not say which table it writes to", trigger->tgname),
				 errhint("Drop the trigger and run batch_job.attach() on the table again.")));
	return table;
}

/*
 * A job table and a table beside it must have the same owner: the current
 * user, as whom the triggers write to it.  Membership in the same role is not
 * enough, because triggers on that table would run with the rights of the job
 * table's owner.  Error: 42501.
 */
void
job_trigger_table_check_owner(Relation table)
{
	if (table->rd_rel->relowner != GetUserId())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("table \"%s\" must have the same owner as its job table",
						RelationGetRelationName(table)),
				 errhint("Use ALTER TABLE ... OWNER TO to give both the same owner."),
				 errtable(table)));
}
