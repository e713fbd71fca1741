/*
 * event_table.c
 *	  The table of the events of a job table: making it, guarding it, finding
 *	  it; and the triggers of the job table that fill it.
 *
 * Which table that is, the triggers themselves know: their WHEN names it as a
 * constant of type regclass.  PostgreSQL keeps such a constant right when the
 * table is renamed, dumps it as a name, and knows that the triggers depend on
 * the table: DROP TABLE ... CASCADE switches the events off.
 */
#include "event_table.h"

#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_sequence.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "nodes/nodes.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "ddl.h"
#include "job_table.h"
#include "trigger.h"

/*
 * Statuses are text, not the enum: the history must survive DROP EXTENSION.
 * read_events.c rests on the order of seq: see event_table_sequence.
 */
static const struct
{
	const char *name;
	Oid			type;
	const char *definition;
}			columns[] = {
	{"seq", INT8OID, "pg_catalog.int8 GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY"},
	{"job_id", TEXTOID, "pg_catalog.text COLLATE %s NOT NULL"},
	{"event", TEXTOID, "pg_catalog.text NOT NULL"},
	{"from_status", TEXTOID, "pg_catalog.text"},
	{"to_status", TEXTOID, "pg_catalog.text"},
	{"actor", TEXTOID, "pg_catalog.text NOT NULL"},
	{"at", TIMESTAMPTZOID, "pg_catalog.timestamptz NOT NULL"},
	{"xid", XID8OID, "pg_catalog.xid8 NOT NULL"},
	{"horizon", XID8OID, "pg_catalog.xid8 NOT NULL"},
	{"detail", JSONBOID, "pg_catalog.jsonb"},
};

/* For each event of SQL one trigger: PostgreSQL allows transition tables in no other way. */
static const struct
{
	int16		event;
	const char *name;
	const char *timing;
	const char *transition;
}			event_triggers[] = {
	{TRIGGER_TYPE_INSERT, "zz_batch_job_insert", "AFTER INSERT", "NEW TABLE AS new_jobs"},
	{TRIGGER_TYPE_UPDATE, "zz_batch_job_update", "AFTER UPDATE", "OLD TABLE AS old_jobs NEW TABLE AS new_jobs"},
	{TRIGGER_TYPE_DELETE, "zz_batch_job_delete", "AFTER DELETE", "OLD TABLE AS old_jobs"},
};

#define GUARD_TRIGGER	"zz_batch_job_guard"

/* The table that a trigger of ours writes events to; InvalidOid when its WHEN names none. */
Oid
event_table_of_trigger(const Trigger *trigger)
{
	NullTest   *test = trigger->tgqual != NULL ? stringToNode(trigger->tgqual) : NULL;
	Const	   *table;

	if (test == NULL || !IsA(test, NullTest) || !IsA(test->arg, Const))
		return InvalidOid;
	table = (Const *) test->arg;
	return table->consttype == REGCLASSOID && !table->constisnull ?
		DatumGetObjectId(table->constvalue) : InvalidOid;
}

/* The event table of a job table; InvalidOid without one. */
Oid
event_table_of(Relation job_table)
{
	const Trigger *trigger = job_trigger_calling(job_table, "record_events", 0);

	return trigger != NULL ? event_table_of_trigger(trigger) : InvalidOid;
}

/*
 * Jobs and their events have one owner, as whom the events are written; else a
 * trigger could be pointed at a table of somebody else's.  Error: 42501.
 */
void
event_table_check_owner(Relation event_table)
{
	if (!owns_relation(RelationGetRelid(event_table)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("table \"%s\" has another owner than the jobs whose events it is to keep",
						RelationGetRelationName(event_table)),
				 errhint("ALTER TABLE ... OWNER TO gives both the same."),
				 errtable(event_table)));
}

/* Does a sequence give rising values, each at the time when it is asked for? */
static bool
counts_in_order(Oid sequence)
{
	HeapTuple	tuple = SearchSysCache1(SEQRELID, ObjectIdGetDatum(sequence));
	Form_pg_sequence form;
	bool		result;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for sequence %u", sequence);
	form = (Form_pg_sequence) GETSTRUCT(tuple);
	result = form->seqincrement > 0 && form->seqcache == 1 && !form->seqcycle;
	ReleaseSysCache(tuple);
	return result;
}

/*
 * event_table_sequence
 *		The sequence of seq.  Error: 42P16 it has none, or one with which
 *		read_events would skip events.
 */
Oid
event_table_sequence(Relation event_table)
{
	AttrNumber	seq = get_attnum(RelationGetRelid(event_table), columns[0].name);
	Oid			sequence = InvalidOid;

	if (seq != InvalidAttrNumber &&
		TupleDescAttr(RelationGetDescr(event_table), seq - 1)->attidentity != '\0')
		sequence = identity_sequence(event_table, seq);
	if (!OidIsValid(sequence) || !counts_in_order(sequence))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("table \"%s\" does not count its events", RelationGetRelationName(event_table)),
				 errdetail("Column \"%s\" must be an identity column, with a sequence that ascends, has CACHE 1 and no CYCLE.",
						   columns[0].name),
				 errtable(event_table)));
	return sequence;
}

/* event_table(job_table regclass) returns regclass: NULL without one */
PG_FUNCTION_INFO_V1(batch_job_event_table);
Datum
batch_job_event_table(PG_FUNCTION_ARGS)
{
	Relation	rel = try_relation_open(PG_GETARG_OID(0), AccessShareLock);
	Oid			table;

	if (rel == NULL)			/* dropped while the caller looked at the catalog */
		PG_RETURN_NULL();
	table = event_table_of(rel);
	relation_close(rel, AccessShareLock);
	if (!OidIsValid(table))
		PG_RETURN_NULL();
	PG_RETURN_OID(table);
}

/* A join of job_id and id must not have to choose between two collations. */
static char *
collation_of_id(Oid job_table)
{
	Relation	rel = table_open(job_table, AccessShareLock);
	AttrNumber	id = get_attnum(job_table, job_column_name(JOB_ID));
	Oid			collation = TupleDescAttr(RelationGetDescr(rel), id - 1)->attcollation;

	table_close(rel, NoLock);
	return generate_collation_name(collation);
}

static void
make_table(const char *name, Oid job_table)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s (", name);
	for (int i = 0; i < (int) lengthof(columns); i++)
	{
		appendStringInfo(&sql, "%s%s ", i > 0 ? ", " : "", columns[i].name);
		appendStringInfo(&sql, columns[i].definition, collation_of_id(job_table));
	}
	appendStringInfoChar(&sql, ')');
	ddl(sql.data);
	ddl(psprintf("CREATE INDEX ON %s (job_id, seq)", name));
	ddl(psprintf("COMMENT ON TABLE %s IS 'events of the jobs of a table, in order of seq: history and outbox;"
				 " to be consumed by batch_job.read_events()'", name));
	ddl(psprintf("COMMENT ON COLUMN %s.horizon IS 'the transaction id that was next when seq was taken:"
				 " all transactions that can have a lower seq are below it'", name));
}

/* Events that were switched off are taken up again where they were left. */
static void
check_is_event_table(Oid table)
{
	StringInfoData faults;

	initStringInfo(&faults);
	for (int i = 0; i < (int) lengthof(columns); i++)
	{
		AttrNumber	attnum = get_attnum(table, columns[i].name);

		if (attnum == InvalidAttrNumber)
			job_fault(&faults, psprintf("Column \"%s\" (%s) is missing.", columns[i].name,
										format_type_be(columns[i].type)));
		else if (get_atttype(table, attnum) != columns[i].type)
			job_fault(&faults, psprintf("Column \"%s\" is of type %s, must be %s.", columns[i].name,
										format_type_be(get_atttype(table, attnum)),
										format_type_be(columns[i].type)));
	}
	if (faults.len > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s\" already exists and is not a table of events", get_rel_name(table)),
				 errdetail("%s", faults.data),
				 errhint("Rename it, or the job table.")));
}

/* "<table>_event" beside the job table: made, or found there. */
static Oid
make_or_find_table(Oid job_table)
{
	Oid			schema = get_rel_namespace(job_table);
	char	   *name = makeObjectName(get_rel_name(job_table), NULL, "event");

	if (OidIsValid(get_relname_relid(name, schema)))
		check_is_event_table(get_relname_relid(name, schema));
	else
		make_table(quote_qualified_identifier(get_namespace_name(schema), name), job_table);
	return get_relname_relid(name, schema);
}

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

static void
switch_on(Oid job_table, Oid event_table, bool notify)
{
	Relation	rel;
	ListCell   *cell;

	if (!OidIsValid(event_table))
		event_table = make_or_find_table(job_table);
	rel = job_table_lock(event_table, ShareRowExclusiveLock);
	event_table_check_owner(rel);
	(void) event_table_sequence(rel);
	relation_close(rel, NoLock);
	ddl_make_trigger(event_table, "guard_events", 0, GUARD_TRIGGER,
					 "BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE",
					 "FOR EACH STATEMENT EXECUTE FUNCTION batch_job.guard_events()");

	/*
	 * A statement that names a partition fires that partition's statement
	 * triggers alone, and these are not inherited.
	 */
	foreach(cell, find_all_inheritors(job_table, NoLock, NULL))
	{
		if (owns_relation(lfirst_oid(cell)))
			make_event_triggers(lfirst_oid(cell), event_table, notify);
	}
}

/* The table stays: it is the history. */
static void
switch_off(Oid job_table, Oid event_table)
{
	ListCell   *cell;

	foreach(cell, find_all_inheritors(job_table, NoLock, NULL))
	{
		if (owns_relation(lfirst_oid(cell)))
			ddl_drop_triggers(lfirst_oid(cell), "record_events");
	}
	if (!OidIsValid(event_table) || !owns_relation(event_table))
		return;
	relation_close(job_table_lock(event_table, AccessExclusiveLock), NoLock);
	ddl_drop_triggers(event_table, "guard_events");
}

/*
 * event_table_switch
 *		Makes a job table record its events or, by options, not.  The caller
 *		has it and its partitions locked, and is connected to SPI.
 *
 * Errors: 42P07 something else has the name of the event table, 42501 it is
 * somebody else's, 42P16 it does not count its events.
 */
void
event_table_switch(Oid job_table, const JobOptions *options)
{
	Relation	rel = table_open(job_table, NoLock);
	Oid			event_table = event_table_of(rel);

	table_close(rel, NoLock);
	if (options->events)
		switch_on(job_table, event_table, options->notify);
	else
		switch_off(job_table, event_table);
}

/*
 * guard_events() returns trigger
 *
 * BEFORE INSERT, UPDATE, DELETE or TRUNCATE of an event table, for each
 * statement: history is written by the triggers of the job table, as its owner;
 * by hand only the owner may.  Errors: 39P01, 42501.
 */
PG_FUNCTION_INFO_V1(batch_job_guard_events);
Datum
batch_job_guard_events(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	job_check_trigger(fcinfo, "guard_events");
	if (!owns_relation(RelationGetRelid(trigdata->tg_relation)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("table \"%s\" is a history: only its owner may change it",
						RelationGetRelationName(trigdata->tg_relation)),
				 errhint("Changing a job records an event."),
				 errtable(trigdata->tg_relation)));
	return PointerGetDatum(NULL);
}
