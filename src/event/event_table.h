/*
 * event_table.h
 *	  The event table of a job table.
 */
#ifndef BATCH_JOB_EVENT_TABLE_H
#define BATCH_JOB_EVENT_TABLE_H

#include "base/batch_job.h"

#include "lib/stringinfo.h"
#include "utils/rel.h"

extern Oid	event_table_of(Relation job_table);
extern Oid	event_table_sequence(Relation event_table);
extern Oid	event_table_sequence_of(Oid event_table);
extern void event_table_check_columns(Oid table);
extern void event_table_check_readable(Relation event_table);
extern void event_table_append_columns(StringInfo sql, const char *id_collation);
extern void event_table_append_comments(StringInfo sql, const char *table);

#endif							/* BATCH_JOB_EVENT_TABLE_H */
