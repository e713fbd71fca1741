/*
 * event_switch.c
 *	  Switches the events of a job table on and off: the triggers of the job
 *	  table that record them, and the one that guards the event table.
 */
#include "table/event_switch.h"

#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_trigger.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "event/event_table.h"
#include "job/job_table.h"
#include "job/trigger_table.h"
#include "table/ddl.h"
#include "table/make_event_table.h"
#include "table/owner_scope.h"

#define GUARD_TRIGGER	"zz_batch_job_guard"

/*
 * One trigger for each SQL event, since PostgreSQL allows transition tables
 * only that way.  The names sort before most others, so that events are
 * recorded in order even if another statement trigger changes the same jobs
 * again.
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
	beside_lock_unless_in_use(event_table, ShareRowExclusiveLock, "the events");
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

/* The event table stays, and stays guarded: it is the history. */
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
 *		Makes a job table record its events, or not, as its options say.  The
 *		caller has locked it and its partitions, and is connected to SPI.
 *
 * Errors: 42P07 the name of the event table is taken, 42501 it has another
 * owner, 42P16 it has no sequence for seq, 55P03 it is in use.
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
 * Does a table record its events in this event table, and with this option
 * notify?
 */
static bool
records(Relation rel, Oid event_table, bool notify)
{
	const Trigger *trigger = job_trigger_calling(rel, "record_events", 0);

	return trigger != NULL && job_trigger_table(trigger, 0) == event_table &&
		job_options_read_notify(trigger) == notify;
}

/*
 * Within an owner scope: makes a new partition record events as its job table
 * does, even if it has recorded those of another job table before.  The caller
 * is connected to SPI. Error: 22023.
 */
void
event_switch_extend(Relation job_table, Oid part)
{
	const Trigger *trigger = job_trigger_calling(job_table, "record_events", 0);
	Oid			event_table = trigger != NULL ? job_trigger_table(trigger, 0) : InvalidOid;
	bool		notify = OidIsValid(event_table) && job_options_read_notify(trigger);
	Relation	rel = job_table_lock(part, AccessShareLock);
	bool		done = OidIsValid(event_table) && records(rel, event_table, notify);

	table_close(rel, NoLock);
	if (!OidIsValid(event_table))
		ddl_drop_triggers(part, "record_events");
	else if (!done)
		make_event_triggers(part, event_table, notify);
}

/*
 * event_switch_release
 *		Removes all that is ours from the job table, and from the event table,
 *		which becomes an ordinary table.  The caller is as for event_switch.
 *		Error: 55P03.
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
	beside_lock_unless_in_use(event_table, AccessExclusiveLock, "the events");
	ddl_drop_triggers(event_table, "guard_events");
}
