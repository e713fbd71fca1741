/*
 * purge.h
 *	  The end of soft-deleted jobs.
 */
#ifndef BATCH_JOB_PURGE_H
#define BATCH_JOB_PURGE_H

#include "base/batch_job.h"

#include "datatype/timestamp.h"

extern bool purge_is_running(Oid table);
extern TimestampTz job_cutoff(Interval *older_than);

#endif							/* BATCH_JOB_PURGE_H */
