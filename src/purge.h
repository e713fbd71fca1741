/*
 * purge.h
 *	  The end of soft-deleted jobs.
 */
#ifndef BATCH_JOB_PURGE_H
#define BATCH_JOB_PURGE_H

#include "batch_job.h"

extern bool purge_is_running(Oid table);

#endif							/* BATCH_JOB_PURGE_H */
