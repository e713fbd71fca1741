/*
 * ddl.h
 *	  Executes DDL.
 */
#ifndef BATCH_JOB_DDL_H
#define BATCH_JOB_DDL_H

#include "base/batch_job.h"

extern void ddl(const char *sql);
extern void ddl_revoke_from_others(Oid relation);
extern void ddl_make_trigger(Oid table, const char *function, int16 event, const char *name,
							 const char *timing, const char *rest);
extern void ddl_drop_triggers(Oid table, const char *function);

#endif							/* BATCH_JOB_DDL_H */
