/*
 * job_table.h
 *	  Finds, locks, and names job tables.
 */
#ifndef BATCH_JOB_JOB_TABLE_H
#define BATCH_JOB_JOB_TABLE_H

#include "base/batch_job.h"

#include "nodes/primnodes.h"
#include "utils/rel.h"

extern void job_table_check_attached(Relation rel);
extern Relation job_table_lock(Oid relid, LOCKMODE lock);
extern Relation job_table_open(Oid relid, LOCKMODE lock);
extern Relation job_table_open_argument(FunctionCallInfo fcinfo, int argument, LOCKMODE lock);
extern void job_table_check_owner(Oid relid);
extern Oid	job_view_base(Relation view, Index *varno);
extern AttrNumber job_view_shows(const TargetEntry *entry, Index varno);
extern Oid	job_table_root(Relation rel);
extern bool job_table_is_being_filled(Relation rel);
extern char *job_relation_name(Oid relid);
extern void job_check_is_table(Oid relid);
pg_noreturn extern void job_no_such_relation(Oid relid);

#endif							/* BATCH_JOB_JOB_TABLE_H */
