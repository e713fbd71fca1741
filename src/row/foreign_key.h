/*
 * foreign_key.h
 *	  The rows that a job refers to by foreign keys.
 */
#ifndef BATCH_JOB_FOREIGN_KEY_H
#define BATCH_JOB_FOREIGN_KEY_H

#include "base/batch_job.h"

#include "executor/tuptable.h"
#include "utils/rel.h"

extern bool foreign_key_cascade_orphans(Relation rel, TupleTableSlot *slot);

#endif							/* BATCH_JOB_FOREIGN_KEY_H */
