/*
 * run_switch.h
 *	  Switches the runs of a job table on and off.
 */
#ifndef BATCH_JOB_RUN_SWITCH_H
#define BATCH_JOB_RUN_SWITCH_H

#include "base/batch_job.h"

#include "utils/rel.h"

#include "job/options.h"

extern void run_switch(Oid job_table, const JobOptions *options);
extern void run_switch_extend(Relation job_table, Oid part);
extern void run_switch_release(Oid job_table);

#endif							/* BATCH_JOB_RUN_SWITCH_H */
