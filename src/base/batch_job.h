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

#define USECS_PER_MSEC	INT64CONST(1000)

#endif							/* BATCH_JOB_H */
