/*
 * timing.h
 *	  How long a lease lasts, and how long a job waits for its next attempt.
 */
#ifndef BATCH_JOB_TIMING_H
#define BATCH_JOB_TIMING_H

#include "base/batch_job.h"

#include "datatype/timestamp.h"

#include "run/type_settings.h"

extern void timing_check_lease(FunctionCallInfo fcinfo, int argument);
extern void timing_check_delay(FunctionCallInfo fcinfo, int argument);
extern TimestampTz timing_after(TimestampTz now, const Interval *delay);
extern TimestampTz timing_lease(TimestampTz now, const Interval *given, const TypeSettings *settings);
extern TimestampTz timing_retry(TimestampTz now, const TypeSettings *settings, int attempt);

#endif							/* BATCH_JOB_TIMING_H */
