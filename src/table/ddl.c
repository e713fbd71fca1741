/*
 * ddl.c
 *	  Executes DDL as text through SPI; has the commands that are needed
 *	  repeatedly.
 */
#include "table/ddl.h"

#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "job/job_table.h"
#include "job/options.h"
#include "table/catalog.h"

/* Runs a statement; the caller is connected to SPI. */
void
ddl(const char *sql)
{
	int			result = SPI_execute(sql, false, 0);

	if (result < 0)
		elog(ERROR, "SPI_execute failed: %s: %s", SPI_result_code_string(result), sql);
}

/*
 * Default privileges may have given others rights on a new relation; only the
 * owner may have any.
 */
void
ddl_revoke_from_others(Oid relation)
{
	const char *kind = get_rel_relkind(relation) == RELKIND_SEQUENCE ? "SEQUENCE" : "TABLE";
	const char *sql =
		"SELECT pg_catalog.string_agg(CASE WHEN acl.grantee OPERATOR(pg_catalog.=) 0 THEN 'PUBLIC'"
		" ELSE acl.grantee::pg_catalog.regrole::pg_catalog.text END, ', ')"
		" FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) acl"
		" WHERE c.oid OPERATOR(pg_catalog.=) %u AND acl.grantee OPERATOR(pg_catalog.<>) c.relowner";
	char	   *others = catalog_text(psprintf(sql, relation));

	if (others != NULL)
		ddl(psprintf("REVOKE ALL ON %s %s FROM %s", kind, job_relation_name(relation), others));
}

static char
trigger_state(Oid table, const char *function, int16 event, char **name)
{
	Relation	rel = job_table_lock(table, AccessShareLock);
	const Trigger *trigger = job_trigger_calling(rel, function, event);
	char		state = trigger != NULL ? trigger->tgenabled : '\0';

	*name = trigger != NULL ? pstrdup(quote_identifier(trigger->tgname)) : NULL;
	table_close(rel, NoLock);
	return state;
}

/*
 * The command that brings a new trigger into a state; NULL if it is created in
 * that state.
 */
static const char *
enable_in_state(char state)
{
	switch (state)
	{
		case TRIGGER_DISABLED:
			return "DISABLE";
		case TRIGGER_FIRES_ALWAYS:
			return "ENABLE ALWAYS";
		case TRIGGER_FIRES_ON_REPLICA:
			return "ENABLE REPLICA";
		default:
			return NULL;
	}
}

/*
 * Creates a trigger, or gives this definition to the one that calls the same
 * function of ours on the same event, whatever its name.  That one keeps its
 * name and its enabled state, which may differ between partitions.
 */
void
ddl_make_trigger(Oid table, const char *function, int16 event, const char *name,
				 const char *timing, const char *rest)
{
	List	   *tables = find_all_inheritors(table, NoLock, NULL);
	char	   *states = palloc(list_length(tables));
	char	   *there;
	ListCell   *cell;

	foreach(cell, tables)
		states[foreach_current_index(cell)] = trigger_state(lfirst_oid(cell), function, event, &there);
	trigger_state(table, function, event, &there);
	ddl(psprintf("%s TRIGGER %s %s ON %s %s", there != NULL ? "CREATE OR REPLACE" : "CREATE",
				 there != NULL ? there : quote_identifier(name), timing, job_relation_name(table), rest));
	foreach(cell, tables)
	{
		const char *enable = enable_in_state(states[foreach_current_index(cell)]);

		if (enable == NULL)
			continue;
		trigger_state(lfirst_oid(cell), function, event, &there);
		ddl(psprintf("ALTER TABLE ONLY %s %s TRIGGER %s", job_relation_name(lfirst_oid(cell)), enable, there));
	}
}

/*
 * Drops all triggers that call this function of ours; users may have created
 * further ones.
 */
void
ddl_drop_triggers(Oid table, const char *function)
{
	const Trigger *trigger;

	do
	{
		Relation	rel = job_table_lock(table, AccessShareLock);
		char	   *name;

		trigger = job_trigger_calling(rel, function, 0);
		name = trigger != NULL ? pstrdup(trigger->tgname) : NULL;
		table_close(rel, NoLock);
		if (name != NULL)
			ddl(psprintf("DROP TRIGGER %s ON %s", quote_identifier(name), job_relation_name(table)));
	} while (trigger != NULL);
}
