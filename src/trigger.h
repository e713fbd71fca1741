/*
 * trigger.h
 *	  What trigger functions share.
 */
#ifndef BATCH_JOB_TRIGGER_H
#define BATCH_JOB_TRIGGER_H

#include "batch_job.h"

extern void job_check_fired(FunctionCallInfo fcinfo, const char *function);

#endif							/* BATCH_JOB_TRIGGER_H */
