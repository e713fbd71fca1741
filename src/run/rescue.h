/*
 * rescue.h
 *	  Finds runs whose workers are lost.
 */
#ifndef BATCH_JOB_RESCUE_H
#define BATCH_JOB_RESCUE_H

#include "base/batch_job.h"

#include "datatype/timestamp.h"
#include "utils/rel.h"

#include "run/run_tables.h"

extern void rescue_if_due(Relation job_table, const RunTables *tables, TimestampTz now, bool idle);

#endif							/* BATCH_JOB_RESCUE_H */
