/*
 * event_log.c
 *	  Writes the events of one statement to the event table, in one INSERT.
 *
 * All events get their seq before any of them is written, and all get the same
 * horizon, which is read after that; read_events.c depends on this order.
 */
#include "event/event_log.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "executor/spi.h"
#include "utils/queryenvironment.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

#include "base/plan.h"
#include "base/running.h"
#include "event/event_table.h"
#include "job/job_table.h"
#include "job/trigger_table.h"

/* The name of the new events in the INSERT. */
#define NEW_EVENTS	"batch_job_new_events"

static const struct
{
	const char *name;
	Oid			type;
}			columns[] = {
	{"seq", INT8OID},
	{"job_id", TEXTOID},
	{"event", TEXTOID},
	{"from_status", TEXTOID},
	{"to_status", TEXTOID},
	{"detail", JSONBOID},
};

/*
 * event_log_open
 *		Begins the events of one statement.  The transaction must get its id
 *		before it gets a seq.  Errors: 42P01 the table is gone, 42501 it has
 *		another owner, 42P16 it has no sequence for seq.
 */
void
event_log_open(EventLog *log, Oid event_table)
{
	(void) GetTopFullTransactionId();
	log->table = job_table_lock(event_table, RowExclusiveLock);
	job_trigger_table_check_owner(log->table);
	log->sequence = event_table_sequence(log->table);
	log->desc = CreateTemplateTupleDesc(lengthof(columns));
	for (int i = 0; i < (int) lengthof(columns); i++)
		TupleDescInitEntry(log->desc, i + 1, columns[i].name, columns[i].type, -1, 0);
	TupleDescFinalize(log->desc);
	log->events = tuplestore_begin_heap(false, false, work_mem);
}

void
event_log_append(EventLog *log, const Event *event)
{
	Datum		values[lengthof(columns)];
	bool		nulls[lengthof(columns)];

	values[0] = Int64GetDatum(nextval_internal(log->sequence, false));
	values[1] = event->job_id;
	values[2] = event->name;
	values[3] = event->from_status;
	values[4] = event->to_status;
	values[5] = event->detail;
	for (int i = 0; i < (int) lengthof(columns); i++)
		nulls[i] = values[i] == (Datum) 0;
	tuplestore_putvalues(log->events, log->desc, values, nulls);
}

static void
build_insert(PlanText *stmt, const void *subject)
{
	const EventLog *log = subject;

	appendStringInfo(&stmt->sql, "INSERT INTO %s (seq, job_id, event, from_status, to_status, detail,"
					 " actor, at, xid, horizon) OVERRIDING SYSTEM VALUE"
					 " SELECT seq, job_id, event, from_status, to_status, detail",
					 job_relation_name(RelationGetRelid(log->table)));
	appendStringInfo(&stmt->sql, ", %s", plan_add_arg(stmt, TEXTOID));
	appendStringInfo(&stmt->sql, ", %s", plan_add_arg(stmt, TIMESTAMPTZOID));
	appendStringInfo(&stmt->sql, ", %s", plan_add_arg(stmt, XID8OID));
	appendStringInfo(&stmt->sql, ", %s", plan_add_arg(stmt, XID8OID));
	appendStringInfoString(&stmt->sql, " FROM " NEW_EVENTS);
}

static void
insert(EventLog *log)
{
	Oid			relid = RelationGetRelid(log->table);
	Statement	plan = {build_insert, NULL, relid, relid, log};
	EphemeralNamedRelationData events = {0};
	Datum		values[] = {
		PointerGetDatum(job_actor(NULL)),
		TimestampTzGetDatum(GetCurrentTimestamp()),
		FullTransactionIdGetDatum(GetTopFullTransactionId()),
		FullTransactionIdGetDatum(ReadNextFullTransactionId()),
	};

	events.md.name = NEW_EVENTS;
	events.md.tupdesc = log->desc;
	events.md.enrtype = ENR_NAMED_TUPLESTORE;
	events.md.enrtuples = tuplestore_tuple_count(log->events);
	events.reldata = log->events;
	SPI_connect();
	if (SPI_register_relation(&events) != SPI_OK_REL_REGISTER)
		elog(ERROR, "SPI_register_relation failed");
	plan_execute(&plan, values, NULL, false);
	SPI_finish();
}

/* Writes the events, if there are any, and closes the log. */
void
event_log_write(EventLog *log)
{
	if (tuplestore_tuple_count(log->events) > 0)
		insert(log);
	tuplestore_end(log->events);
	FreeTupleDesc(log->desc);
	relation_close(log->table, NoLock);
}
