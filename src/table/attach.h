/*
 * attach.h
 *	  Makes a table a job table.
 */
#ifndef BATCH_JOB_ATTACH_H
#define BATCH_JOB_ATTACH_H

#include "base/batch_job.h"

#include "job/options.h"

extern Oid	attach_parts(Oid table, const JobOptions *options);

#endif							/* BATCH_JOB_ATTACH_H */
