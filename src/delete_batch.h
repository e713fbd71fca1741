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

extern void delete_batch_open(Oid view);
extern DeleteBatch *delete_batch_of(Oid view);
extern bool delete_batch_takes(Relation table, const JobKey *key);
extern bool delete_batch_add(DeleteBatch *batch, Relation table, const JobKey *key, TupleTableSlot *slot);
extern void delete_batch_close(Oid view);

#endif							/* BATCH_JOB_DELETE_BATCH_H */
