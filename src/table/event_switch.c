/*
 * event_switch.c
 *	  Switching the events of a job table on and off: the triggers of the job
 *	  table that record them, and the one that guards the event table.
 */
#include "table/event_switch.h"

#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_trigger.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "event/event_table.h"
#include "job/job_table.h"
#include "table/ddl.h"
#include "table/make_event_table.h"
#include "table/owner_scope.h"

#define GUARD_TRIGGER	"zz_batch_job_guard"

/*
 * For each event of SQL one trigger: PostgreSQL allows transition tables in no
 * other way.  The names sort before others, so that events come in order also
 * when another trigger for each statement changes the same jobs further.
 */
static const struct
{
	int16		event;
	const char *name;
	const char *timing;
	const char *transition;
}			event_triggers[] = {
	{TRIGGER_TYPE_INSERT, "00_batch_job_insert", "AFTER INSERT", "NEW TABLE AS new_jobs"},
	{TRIGGER_TYPE_UPDATE, "00_batch_job_update", "AFTER UPDATE", "OLD TABLE AS old_jobs NEW TABLE AS new_jobs"},
	{TRIGGER_TYPE_DELETE, "00_batch_job_delete", "AFTER DELETE", "OLD TABLE AS old_jobs"},
};

static void
make_event_triggers(Oid table, Oid event_table, bool notify)
{
	char	   *link = quote_literal_cstr(job_relation_name(event_table));

	for (int i = 0; i < (int) lengthof(event_triggers); i++)
		ddl_make_trigger(table, "record_events", event_triggers[i].event,
						 event_triggers[i].name, event_triggers[i].timing,
						 psprintf("REFERENCING %s FOR EACH STATEMENT"
								  " WHEN (%s::pg_catalog.regclass IS NOT NULL)"
								  " EXECUTE FUNCTION batch_job.record_events('notify', '%s')",
								  event_triggers[i].transition, link, notify ? "on" : "off"));
}

/*
 * Who writes jobs locks the job table first, so our caller has locked it first.
 * Who has read events and goes on to the jobs is then in our way: we give up,
 * rather than let that session be the victim of a deadlock.  Error: 55P03.
 */
static void
lock_unless_in_use(Oid event_table, LOCKMODE lock)
{
	if (!ConditionalLockRelationOid(event_table, lock))
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("could not obtain lock on relation \"%s\"", get_rel_name(event_table)),
				 errdetail("Another session uses the events."),
				 errhint("Try again.")));
}

static bool
is_guarded(Oid event_table)
{
	Relation	rel = relation_open(event_table, AccessShareLock);
	bool		result = job_trigger_calling(rel, "guard_events", 0) != NULL;

	relation_close(rel, NoLock);
	return result;
}

static void
make_guard(Oid event_table)
{
	if (is_guarded(event_table))
		return;
	lock_unless_in_use(event_table, ShareRowExclusiveLock);
	ddl_make_trigger(event_table, "guard_events", 0, GUARD_TRIGGER,
					 "BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE",
					 "FOR EACH STATEMENT EXECUTE FUNCTION batch_job.guard_events()");
}

static void
switch_on(Oid job_table, Oid known, bool notify)
{
	Oid			event_table = beside_take(job_table, known, &event_table_beside);
	ListCell   *cell;

	make_guard(event_table);
	foreach(cell, owner_scope_parts(job_table))
		make_event_triggers(lfirst_oid(cell), event_table, notify);
}

/* The table stays, and stays guarded: it is the history. */
static void
switch_off(Oid job_table)
{
	beside_drop_triggers(job_table, &event_table_beside);
}

static Oid
event_table_of_oid(Oid job_table)
{
	Relation	rel = job_table_lock(job_table, AccessShareLock);
	Oid			event_table = event_table_of(rel);

	table_close(rel, NoLock);
	return event_table;
}

/*
 * event_switch
 *		Makes a job table record its events or, by options, not.  The caller
 *		has it and its partitions locked, and is connected to SPI.
 *
 * Errors: 42P07 something else has the name of the event table, 42501 it is
 * somebody else's, 42P16 it does not count its events, 55P03 it is in use.
 */
void
event_switch(Oid job_table, const JobOptions *options)
{
	if (options->events)
		switch_on(job_table, event_table_of_oid(job_table), options->notify);
	else
		switch_off(job_table);
}

/*
 * event_switch_release
 *		Takes away all that is ours, of the job table and of the event table,
 *		which then is an ordinary one.  Same callers.  Error: 55P03.
 */
void
event_switch_release(Oid job_table)
{
	Oid			event_table = event_table_of_oid(job_table);

	switch_off(job_table);
	if (!OidIsValid(event_table))	/* switched off before */
		event_table = beside_by_name(job_table, &event_table_beside);
	if (!OidIsValid(event_table) || !owns_relation(event_table) || !is_guarded(event_table) ||
		OidIsValid(beside_user(event_table, &event_table_beside)))
		return;
	lock_unless_in_use(event_table, AccessExclusiveLock);
	ddl_drop_triggers(event_table, "guard_events");
}
