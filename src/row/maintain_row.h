/*
 * maintain_row.h
 *	  What trigger functions share.
 */
#ifndef BATCH_JOB_TRIGGER_H
#define BATCH_JOB_TRIGGER_H

#include "base/batch_job.h"

extern void job_check_trigger(FunctionCallInfo fcinfo, const char *function);
extern void job_check_fired(bool as_it_must, const char *function, const char *how);

#endif							/* BATCH_JOB_TRIGGER_H */
