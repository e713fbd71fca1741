/*
 * batch_job.h
 *	  What every file of the extension shares.
 */
#ifndef BATCH_JOB_H
#define BATCH_JOB_H

#include "postgres.h"

#include "base/compat.h"
#include "miscadmin.h"

#define BATCH_JOB_SCHEMA "batch_job"

/* Setting batch_job.soft_delete: does a DELETE keep the row? */
extern bool batch_job_soft_delete;

/* Setting batch_job.actor: who acts, when a call does not say; '' or NULL for session_user */
extern char *batch_job_actor;

/* Memory that lives as long as the session; pg_backend_memory_contexts shows it. */
extern MemoryContext batch_job_memory(void);

extern void job_check_not_null(FunctionCallInfo fcinfo, int argument, const char *name);

#endif							/* BATCH_JOB_H */
