/*
 * guard.h
 *	  Enforces the life cycle on raw writes: the option guard.
 */
#ifndef BATCH_JOB_GUARD_H
#define BATCH_JOB_GUARD_H

#include "base/batch_job.h"

#include "executor/tuptable.h"
#include "utils/rel.h"

#include "job/columns.h"

extern int	guard_check_update(Relation rel, const JobLayout *layout,
							   TupleTableSlot *old, TupleTableSlot *new);

#endif							/* BATCH_JOB_GUARD_H */
