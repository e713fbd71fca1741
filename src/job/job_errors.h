/*
 * job_errors.h
 *	  Errors about the job that a function was called for.
 */
#ifndef BATCH_JOB_JOB_ERRORS_H
#define BATCH_JOB_JOB_ERRORS_H

#include "base/batch_job.h"

#include "utils/rel.h"

pg_noreturn extern void no_such_job(Relation table, const text *id);
pg_noreturn extern void job_is_deleted(Relation table, const text *id, const char *verb);
pg_noreturn extern void job_not_changed(Relation table, const text *id);
extern void check_one_job(Relation table, const text *id, uint64 rows);

#endif							/* BATCH_JOB_JOB_ERRORS_H */
