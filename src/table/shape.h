/*
 * shape.h
 *	  Can this table become a job table?
 */
#ifndef BATCH_JOB_SHAPE_H
#define BATCH_JOB_SHAPE_H

#include "base/batch_job.h"

#include "utils/rel.h"

#include "job/options.h"

extern void shape_check_kind(Oid relid);
extern void shape_check(Relation rel, const JobOptions *options);

#endif							/* BATCH_JOB_SHAPE_H */
