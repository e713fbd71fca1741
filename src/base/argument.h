/*
 * argument.h
 *	  Checks and conversions of the arguments of functions.
 */
#ifndef BATCH_JOB_ARGUMENT_H
#define BATCH_JOB_ARGUMENT_H

#include "base/batch_job.h"

#include "datatype/timestamp.h"

extern void check_not_null(FunctionCallInfo fcinfo, int argument, const char *name);
extern TimestampTz time_before(Interval *interval, const char *name);
extern Datum text_as_json(text *string);
extern void check_trigger(FunctionCallInfo fcinfo, const char *function);
extern void check_fired(bool as_it_must, const char *function, const char *how);

#endif							/* BATCH_JOB_ARGUMENT_H */
