/*
 * event_log.h
 *	  Writes the events of one statement to the event table.
 */
#ifndef BATCH_JOB_EVENT_LOG_H
#define BATCH_JOB_EVENT_LOG_H

#include "base/batch_job.h"

#include "access/tupdesc.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

/* The events of one statement that are not written yet. */
typedef struct EventLog
{
	Relation	table;
	Oid			sequence;
	TupleDesc	desc;
	Tuplestorestate *events;
} EventLog;

typedef struct Event
{
	Datum		job_id;
	Datum		name;			/* text */
	Datum		from_status;	/* text, or 0 if there was no job */
	Datum		to_status;		/* text, or 0 if there is no longer a job */
	Datum		detail;			/* jsonb, or 0 */
} Event;

extern void event_log_open(EventLog *log, Oid event_table);
extern void event_log_append(EventLog *log, const Event *event);
extern void event_log_write(EventLog *log);

#endif							/* BATCH_JOB_EVENT_LOG_H */
