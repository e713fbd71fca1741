/*
 * live_row.h
 *	  Locking the live row that has a key.
 */
#ifndef BATCH_JOB_LIVE_ROW_H
#define BATCH_JOB_LIVE_ROW_H

#include "batch_job.h"

#include "executor/tuptable.h"
#include "nodes/lockoptions.h"
#include "storage/itemptr.h"
#include "utils/rel.h"

#include "row_key.h"

extern LockTupleMode live_row_lock_mode(Relation table);
extern bool live_row_lock(Relation table, const JobKey *key, TupleTableSlot *slot, LockTupleMode mode, ItemPointer place);

#endif							/* BATCH_JOB_LIVE_ROW_H */
