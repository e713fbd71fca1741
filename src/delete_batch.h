/*
 * delete_batch.h
 *	  The rows of one DELETE on a live view, to be deleted together.
 */
#ifndef BATCH_JOB_DELETE_BATCH_H
#define BATCH_JOB_DELETE_BATCH_H

#include "batch_job.h"

#include "executor/tuptable.h"
#include "utils/rel.h"

#include "row_key.h"

typedef struct DeleteBatch DeleteBatch;

extern void delete_batch_init(void);
extern DeleteBatch *delete_batch_of(Relation table, const JobKey *key, MemoryContext query);
extern bool delete_batch_add(DeleteBatch *batch, Relation table, const JobKey *key, TupleTableSlot *slot);

#endif							/* BATCH_JOB_DELETE_BATCH_H */
