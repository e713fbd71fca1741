/*
 * begin_runs.h
 *	  Begins runs of jobs that have been found and locked.
 */
#ifndef BATCH_JOB_BEGIN_RUNS_H
#define BATCH_JOB_BEGIN_RUNS_H

#include "base/batch_job.h"

#include "run/lanes.h"

typedef struct NewRun
{
	FoundJob   *found;
	text	   *run;			/* the token */
	TimestampTz lease_until;
	Datum		job;			/* batch_job.batch_job, after the update */
} NewRun;

extern List *runs_begin(const LaneSource *source, List *found, const TimestampTz *leases, text *worker);
extern void runs_end_waiting(const LaneSource *source, List *found);

#endif							/* BATCH_JOB_BEGIN_RUNS_H */
