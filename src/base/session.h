/*
 * session.h
 *	  What lives as long as the session: settings and memory.
 */
#ifndef BATCH_JOB_SESSION_H
#define BATCH_JOB_SESSION_H

#include "base/batch_job.h"

/* Setting batch_job.soft_delete: does DELETE keep the row? */
extern bool batch_job_soft_delete;

/*
 * Setting batch_job.actor: who acts if a call does not say; '' or NULL means
 * session_user.
 */
extern char *batch_job_actor;

/* A memory context of our own, so that pg_backend_memory_contexts shows it. */
extern MemoryContext batch_job_memory(void);

#endif							/* BATCH_JOB_SESSION_H */
