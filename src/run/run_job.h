/*
 * run_job.h
 *	  The job of a run.
 */
#ifndef BATCH_JOB_RUN_JOB_H
#define BATCH_JOB_RUN_JOB_H

#include "base/batch_job.h"

#include "job/status.h"
#include "run/fence.h"

typedef struct RunJob
{
	bool		is_there;		/* it is visible to the caller */
	bool		is_deleted;
	bool		is_open;		/* not completed, canceled, or failed */
	JobStatus	status;
} RunJob;

extern RunJob run_job_look(Relation job_table, const text *id);
extern RunJob run_job_need_open(Relation job_table, const text *id, const char *verb);
extern void run_job_fail(const Run *run, Datum error);

#endif							/* BATCH_JOB_RUN_JOB_H */
