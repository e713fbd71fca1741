/*
 * result.h
 *	  The contents of a job's result.
 */
#ifndef BATCH_JOB_RESULT_H
#define BATCH_JOB_RESULT_H

#include "base/batch_job.h"

#include "utils/jsonb.h"

extern JsonbValue *result_key(JsonbContainer *object, const char *name);
extern bool result_is_error(const JsonbValue *value);

#endif							/* BATCH_JOB_RESULT_H */
