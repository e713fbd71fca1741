/*
 * make_event_table.h
 *	  Making the event table of a job table, or finding the one that is there.
 */
#ifndef BATCH_JOB_MAKE_EVENT_TABLE_H
#define BATCH_JOB_MAKE_EVENT_TABLE_H

#include "base/batch_job.h"

extern Oid	event_table_user(Oid event_table);
extern Oid	event_table_by_name(Oid job_table);
extern Oid	event_table_make(Oid job_table, bool *found);

#endif							/* BATCH_JOB_MAKE_EVENT_TABLE_H */
