/*
 * status_column.h
 *	  The column status of a job table, and the CHECK that proves it.
 */
#ifndef BATCH_JOB_STATUS_COLUMN_H
#define BATCH_JOB_STATUS_COLUMN_H

#include "base/batch_job.h"

#include "utils/rel.h"

extern const char *status_check(void);
extern void status_column_add(Oid table);
extern void status_column_check_not_stale(Relation rel);
extern void status_column_make_certain(Oid table);
extern bool status_column_is_ours(Oid table);
extern void status_column_release(Oid table, bool drop);
extern bool has_constraint(Oid table, const char *name);
extern void drop_constraint(Oid table, const char *name);
extern void drop_our_constraints(Oid table);

#endif							/* BATCH_JOB_STATUS_COLUMN_H */
