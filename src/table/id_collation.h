/*
 * id_collation.h
 *	  Checks whether generated ids sort by time in the id column of a table.
 */
#ifndef BATCH_JOB_ID_COLLATION_H
#define BATCH_JOB_ID_COLLATION_H

#include "base/batch_job.h"

#include "utils/rel.h"

extern void id_collation_warn(Relation rel, const char *prefix);

#endif							/* BATCH_JOB_ID_COLLATION_H */
